"""Folders and files that are dropped on a widget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


class PathDrop(QObject):
    """Lets a widget, and what lies in it and takes no drops itself, take a folder or file of this machine."""

    dropped = Signal(object)
    """Path of the first of what was dropped."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Take what names a local file, and leave all else to whoever lies below."""
        if not isinstance(event, QDragEnterEvent | QDragMoveEvent | QDropEvent):
            return super().eventFilter(watched, event)
        path = _first_path(event)
        if path is None:
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(path)
        return True


def _first_path(event: QDropEvent) -> Path | None:
    data = event.mimeData()
    places = [url.toLocalFile() for url in data.urls()] if data is not None else []
    return next((Path(place) for place in places if place), None)
