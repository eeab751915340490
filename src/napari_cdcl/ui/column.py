"""A column of controls that scrolls where there is no room, and is never cut off at the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QSize, QTimer
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from qtpy.QtGui import QResizeEvent


MOST_ASKED = 360
"""Pixels of width that a column insists on at most; with fewer than it needs, it scrolls sideways, too."""


class Column(QScrollArea):
    """Holds a widget as wide as itself, and asks for the width that the widget needs now, if that is not too much."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the content's width up to a limit, and little height."""
        content = self.widget()
        bar = self.verticalScrollBar()
        wide = 0 if content is None else content.minimumSizeHint().width()
        return QSize(min(wide + (0 if bar is None else bar.sizeHint().width()), MOST_ASKED), 60)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave the scroll bar its room: a content as high as it is wide would else make it come and go for ever."""
        content, bar = self.widget(), self.verticalScrollBar()
        if content is not None and bar is not None:
            content.setMaximumWidth(max(self.width() - bar.sizeHint().width(), content.minimumSizeHint().width()))
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Ask anew when the content has changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def scroll_to(widget: QWidget) -> None:
    """Scroll what is around a widget until its top is at the top, once the layout has come to rest."""

    def scroll() -> None:
        up = widget.parentWidget() if is_alive(widget) else None
        while up is not None and not isinstance(up, QScrollArea):
            up = up.parentWidget()
        content, bar = (None, None) if up is None else (up.widget(), up.verticalScrollBar())
        if content is not None and bar is not None:
            bar.setValue(widget.mapTo(content, widget.rect().topLeft()).y())

    QTimer.singleShot(0, scroll)
