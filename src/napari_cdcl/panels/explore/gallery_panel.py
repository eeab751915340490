"""The gallery of the selection, with its order and the size of its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_cdcl import actions
from napari_cdcl.panels.explore.bins import Bins
from napari_cdcl.panels.explore.gallery import MOST, Gallery
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.inputs import Slider
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import TurningSplitter, flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session
    from napari_cdcl.ui.thumbnails import Thumbnails

HINT = "Select points, wells or cells: their pictures are shown here."
AS_LISTED = "as listed"
BESIDE = 300
"""Pixels of width from which on bins stand beside the pictures: below these, a low dock would cut them off."""


class GalleryPanel(QWidget):
    """Shows the items of a mask: the selection's, or, for comparisons, those set aside."""

    def __init__(self, session: Session, thumbnails: Thumbnails, *, aside: bool = False, bins: bool = False) -> None:
        super().__init__()
        self._session, self._aside, self._title = session, aside, ""
        self._links = Links()
        self.gallery = Gallery(thumbnails)
        self.gallery.grid.describe = lambda item: actions.name_item(session, item)
        self.gallery.setToolTip(
            "Double-click a picture to go to its field; drag pictures into a bin, or press its number."
            if bins
            else "Double-click a picture to go to its field."
        )
        self.note = QLabel(HINT)
        self.order = Chooser("In which order the pictures are.")
        self.order.setMinimumContentsLength(10)
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(40, 220)
        self.slider.setValue(84)
        self.slider.setMinimumWidth(44)
        self.slider.setMaximumWidth(110)
        self.slider.setToolTip("Size of the pictures.")
        self.bins = Bins(session) if bins else None
        self._lay_out()
        self._connect()
        self._offer()
        self._fill()

    def set_title(self, title: str) -> None:
        """Say whose gallery this is."""
        self._title = f"<b>{title}</b>: "
        self._fill()

    def _lay_out(self) -> None:
        self.note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.note)
        layout.addLayout(flow(QLabel("sorted"), self.order, self.slider))
        if self.bins is None:
            layout.addWidget(self.gallery, 1)
            return
        both = TurningSplitter(BESIDE)
        both.addWidget(self.gallery)
        both.addWidget(self.bins)
        both.setStretchFactor(0, 1)
        both.setSizes([400, 150])
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        session = self._session
        self._links.add(session.aside_changed if self._aside else session.selection_changed, self._fill)
        self._links.add(session.items_changed, self._offer)
        self._links.add(session.items_extended, self._offer)
        self.order.chosen.connect(self._fill)
        self.slider.valueChanged.connect(self.gallery.set_side)
        self.gallery.activated_item.connect(lambda item: actions.show_item(session, item))
        if self.bins is not None:
            self.gallery.digit_pressed.connect(self._put)

    def _put(self, digit: int) -> None:
        assert self.bins is not None
        self.bins.put(self.gallery.chosen(), digit)

    def _offer(self, _items: Any = None) -> None:
        items = self._session.items
        columns = [] if items is None else [f"by {name}" for name in colour_columns(items.table)]
        key = self.order.key
        if "by similarity" in columns and key in ("", AS_LISTED):
            key = "by similarity"
        self.order.offer([AS_LISTED, *columns], key if key in columns else AS_LISTED)

    def _fill(self, _changed: Any = None) -> None:
        mask = self._session.aside if self._aside else self._session.selection
        chosen = np.zeros(0, dtype=np.int64) if mask is None else np.flatnonzero(mask)
        self.gallery.show_items(self._sorted(chosen))
        shown = f"the first {MOST:,} of " if len(chosen) > MOST else ""
        counted = f"{shown}{len(chosen):,} {self._what(len(chosen))}"
        self.note.setText(self._title + (counted if len(chosen) else "nothing" if self._title else HINT))

    def _what(self, num: int) -> str:
        level = self._session.items.level if self._session.items is not None else "item"
        return level if num == 1 else f"{level}s"

    def _sorted(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        items, column = self._session.items, self.order.key.removeprefix("by ")
        if items is None or column not in items.table:
            return chosen
        return actions.sort_items(items.table[column].iloc[chosen], chosen, largest_first=column == "similarity")
