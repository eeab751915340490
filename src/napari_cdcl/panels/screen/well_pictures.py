"""A small picture of every well on display, for the plate map: of its first item, with the viewer's contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Qt, Signal

from napari_cdcl.ui.links import Links
from napari_cdcl.ui.thumbnails import Thumbnails

if TYPE_CHECKING:
    from qtpy.QtGui import QPixmap
    from qtpy.QtWidgets import QWidget

    from napari_cdcl.models.session import Session

SIDE = 64
"""Pixels of a side that are kept: a well is seldom drawn larger."""


class WellPictures(QObject):
    """Gives pictures of wells, now if they are there, else soon; each well's file is read once."""

    changed = Signal()
    """More, or other, pictures can be had."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = Thumbnails(session, parent)
        self._kept: dict[int, QPixmap] = {}
        self._wells: dict[int, int] = {}
        self._links = Links()
        self._links.add(session.items_changed, self._forget)
        self._thumbnails.arrived.connect(self._take)
        self._thumbnails.restyled.connect(self._forget)

    def picture(self, well: int) -> QPixmap | None:
        """Give the picture of a well of the screen; where it is not there yet, `changed` follows."""
        if well in self._kept:
            return self._kept[well]
        wells = self._session.item_wells
        items = [] if wells is None else wells.within(slice(well, well + 1)).tolist()
        if not items:
            return None
        self._wells[items[0]] = well
        pixmap = self._thumbnails.picture(items[0])
        if pixmap is not None:
            self._keep(well, pixmap)
        return self._kept.get(well)

    def _keep(self, well: int, pixmap: QPixmap) -> None:
        expand, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        self._kept[well] = pixmap if pixmap.isNull() else pixmap.scaled(SIDE, SIDE, expand, smooth)

    def _take(self, item: int) -> None:
        if item in self._wells:
            pixmap = self._thumbnails.picture(item)
            if pixmap is not None:
                self._keep(self._wells[item], pixmap)
                self.changed.emit()

    def _forget(self, _changed: Any = None) -> None:
        self._kept.clear()
        self._wells.clear()
        self.changed.emit()
