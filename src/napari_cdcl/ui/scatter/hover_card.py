"""A card beside the cursor: a picture of what the point is, and a line about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from qtpy.QtGui import QPixmap

_AWAY = 14
"""Pixels from the cursor."""
_WIDEST = 260
"""Pixels; wider, it would hide the points around the one it tells of."""


class HoverCard(QFrame):
    """Lies over a canvas and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.picture, self.text = QLabel(), QLabel()
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("HoverCard")
        self.text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5, 5, 5, 5)
        layout.setSpacing(3)
        for label in (self.picture, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)

    def tell(self, pixmap: QPixmap | None, text: str) -> None:
        """Show a picture and a text; with neither, hide."""
        has_picture = pixmap is not None and not pixmap.isNull()
        if pixmap is not None and has_picture:
            self.picture.setPixmap(pixmap)
        self.picture.setVisible(has_picture)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        if not (has_picture or text):
            self.hide()
            return
        self._dress()
        self.show()
        self.raise_()
        self.adjustSize()

    def _dress(self) -> None:
        """Take the colours of the theme, and be as wide as the longest line, up to a limit."""
        theme = Theme.of(self._room)
        self.setStyleSheet(
            f"HoverCard {{ background: {theme.ground.name()}; border: 1px solid {theme.rule.name()}; }}"
            f"QLabel {{ background: transparent; color: {theme.ink.name()}; }}"
        )
        widths = (self.text.fontMetrics().horizontalAdvance(line) for line in self.text.text().splitlines())
        self.text.setFixedWidth(min(_WIDEST, max(widths, default=0) + 6))

    def move_beside(self, cursor: QPoint) -> None:
        """Place it right below the cursor, or on the other side where there is no room."""
        room = self._room.rect()
        x, y = cursor.x() + _AWAY, cursor.y() + _AWAY
        if x + self.width() > room.right():
            x = cursor.x() - _AWAY - self.width()
        if y + self.height() > room.bottom():
            y = cursor.y() - _AWAY - self.height()
        x = max(0, min(x, room.width() - self.width()))
        self.move(x, max(0, min(y, room.height() - self.height())))
