"""Small pictures of items with the viewer's contrast: loaded by threads, the latest wish first, and kept a while."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QImage, QPixmap

from napari_cdcl.models.channel_luts import composite, luts_of
from napari_cdcl.models.crops import CropPlan, Crops
from napari_cdcl.preferences import preference_changes, read_preferences
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtWidgets import QWidget

    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

THREADS = 2
"""One reads while the other decodes; more would take the cores that a training needs."""
UNDER_WAY = 8
"""So many are asked of the threads at once; the others wait, the latest in front."""
WAITING = 400
"""So many wait; older wishes have scrolled away."""
PICTURES = 1500
"""Composites that are kept."""


class Thumbnails(QObject):
    """Gives pictures of items, or of the screen's fields by their rows, now if they are there, else soon."""

    arrived = Signal(int)
    """The item whose picture can be had now."""
    restyled = Signal()
    """All pictures look otherwise now: another contrast, or other items."""

    def __init__(self, session: Session, parent: QWidget, *, of_fields: bool = False) -> None:
        super().__init__(parent)
        self._session, self._of_fields = session, of_fields
        self.worker = BackgroundWorker(self, workers=THREADS)
        self._crops: Crops | None = None
        self._counts: OrderedDict[int, NDArray[np.generic] | None] = OrderedDict()
        self._num_bytes = 0
        self._room = read_preferences().pictures_mb << 20
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._under_way: set[int] = set()
        self._links = Links()
        self._links.add(session.items_changed, self._begin_anew)
        self._links.add(session.luts_changed, self._restyle)
        self._links.add(preference_changes().changed, self._on_preference)
        self._begin_anew()

    def picture(self, item: int) -> QPixmap | None:
        """Give an item's picture; where it is not there yet, `arrived` follows, and an empty one has no image."""
        if item in self._pictures:
            self._pictures.move_to_end(item)
            return self._pictures[item]
        if item in self._counts:
            self._counts.move_to_end(item)
            self._pictures[item] = self._paint(self._counts[item])
            while len(self._pictures) > PICTURES:
                self._pictures.popitem(last=False)
            return self._pictures[item]
        self._wish(item)
        return None

    def _begin_anew(self, _items: Any = None) -> None:
        self.worker.forget()
        for kept in (self._counts, self._pictures, self._waiting, self._under_way):
            kept.clear()
        self._num_bytes = 0
        items, screen = self._session.items, self._session.screen
        shown = items is not None and screen is not None
        self._crops = Crops(screen, self._plan(items, screen)) if shown else None  # type: ignore[arg-type]
        self.restyled.emit()

    def _plan(self, items: Items, screen: Screen) -> CropPlan:
        if self._of_fields:
            return CropPlan(np.arange(len(screen)), None)
        return CropPlan.of(items, self._session.run, screen, read_preferences().crop)

    def _on_preference(self, name: str) -> None:
        self._room = read_preferences().pictures_mb << 20
        if name == "crop":
            self._begin_anew()

    def _restyle(self, _luts: Any = None) -> None:
        self._pictures.clear()
        self.restyled.emit()

    def _wish(self, item: int) -> None:
        if self._crops is None or item in self._under_way:
            return
        self._waiting[item] = None
        self._waiting.move_to_end(item)
        while len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        self._send()

    def _send(self) -> None:
        while self._crops is not None and self._waiting and len(self._under_way) < UNDER_WAY:
            item, _ = self._waiting.popitem()
            self._under_way.add(item)
            self.worker.run(partial(self._crops.cut, item), partial(self._keep, item), partial(self._give_up, item))

    def _give_up(self, item: int, _error: Exception) -> None:
        self._keep(item, None)

    def _keep(self, item: int, counts: NDArray[np.generic] | None) -> None:
        self._under_way.discard(item)
        self._counts[item] = counts
        self._num_bytes += 0 if counts is None else counts.nbytes
        while self._num_bytes > self._room and self._counts:
            _, oldest = self._counts.popitem(last=False)
            self._num_bytes -= 0 if oldest is None else oldest.nbytes
        self._send()
        self.arrived.emit(item)

    def _paint(self, counts: NDArray[np.generic] | None) -> QPixmap:
        screen = self._session.screen
        if counts is None or screen is None:
            return QPixmap()
        pixels = composite(counts, luts_of(screen.channels, self._session.luts))
        height, width = pixels.shape[:2]
        image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        return QPixmap.fromImage(image)  # copies, so that the array may go
