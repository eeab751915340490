"""Fields of a treatment, each beside a control of its own plate, in the viewer's contrast. It knows no session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QToolTip, QWidget

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPixmap, QResizeEvent

    from napari_cdcl.ui.thumbnails import Thumbnails

GAP, MOST_SIDE = 6, 200
"""Pixels between pictures, and of a side at most: fields are kept 112 pixels wide, so larger is no sharper."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Rows of the screen: a treated field and a control of the same plate, and what they are called."""

    treated: int
    control: int
    treated_name: str
    control_name: str


class Montage(QWidget):
    """Draws a line a pair, the treatment at the left."""

    field_wanted = Signal(int)
    """The row of the field that was double-clicked."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.pairs: tuple[Pair, ...] = ()
        self.setAccessibleName("treatment beside its controls")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        thumbnails.arrived.connect(lambda _row: self.update())
        thumbnails.restyled.connect(self.update)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show other pairs."""
        self.pairs = tuple(pairs)
        self.setMinimumHeight(self._height())
        self.updateGeometry()
        self.update()

    def field_at(self, place: QPoint) -> int:
        """Give the row of the field at a place of the widget, or -1."""
        for pair, frames in zip(self.pairs, self._frames(), strict=True):
            for row, frame in zip((pair.treated, pair.control), frames, strict=True):
                if frame.contains(place):
                    return row
        return -1

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for all lines."""
        return QSize(2 * MOST_SIDE + GAP, self._height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Make the pictures as wide as there is room."""
        super().resizeEvent(event)
        self.setMinimumHeight(self._height())

    def paintEvent(self, _event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw what is there; what is missing follows."""
        painter, theme = QPainter(self), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for pair, frames in zip(self.pairs, self._frames(), strict=True):
            names = (pair.treated_name, pair.control_name)
            for row, name, frame in zip((pair.treated, pair.control), names, frames, strict=True):
                self._draw(painter, theme, self._thumbnails.picture(row), frame)
                above = QRect(frame.left(), frame.top() - self._line(), frame.width(), self._line())
                painter.setPen(theme.ink)
                shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, frame.width())
                painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Ask for the field."""
        row = -1 if event is None else self.field_at(event.position().toPoint())
        if row >= 0:
            self.field_wanted.emit(row)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Ask for the first treated field with Return."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.pairs:
            self.field_wanted.emit(self.pairs[0].treated)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say what a picture is."""
        if event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            row = self.field_at(help_event.pos())
            names = {pair.treated: pair.treated_name for pair in self.pairs}
            names |= {pair.control: pair.control_name for pair in self.pairs}
            text = f"{names[row]}\nDouble-click to go to this field." if row in names else ""
            QToolTip.showText(help_event.globalPos(), text, self)
            return True
        return super().event(event)

    def _draw(self, painter: QPainter, theme: Theme, picture: QPixmap | None, frame: QRect) -> None:
        if picture is None or picture.isNull():
            painter.fillRect(frame, mix(theme.ground, theme.ink, 0.08))
            if picture is not None:
                painter.setPen(theme.faint)
                painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "no image")
            return
        fitted = QRect(frame.topLeft(), picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio))
        painter.drawPixmap(fitted, picture)

    def _line(self) -> int:
        return self.fontMetrics().height() + 2

    def _side(self) -> int:
        return max(40, min(MOST_SIDE, (self.width() - GAP) // 2))

    def _height(self) -> int:
        return len(self.pairs) * (self._side() + self._line() + GAP)

    def _frames(self) -> list[tuple[QRect, QRect]]:
        side, line = self._side(), self._line()
        tops = [number * (side + line + GAP) + line for number in range(len(self.pairs))]
        return [(QRect(0, top, side, side), QRect(side + GAP, top, side, side)) for top in tops]
