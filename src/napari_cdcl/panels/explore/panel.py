"""The explore panel: profiles as points, linked with plate map, fields and a gallery of what is selected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QLabel, QSplitter, QVBoxLayout, QWidget

from napari_cdcl import actions
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.explore.annotate import AnnotatePanel
from napari_cdcl.panels.explore.clusters import ClustersPanel
from napari_cdcl.panels.explore.compare import ComparePanel
from napari_cdcl.panels.explore.distribution import DistributionPanel
from napari_cdcl.panels.explore.gallery_panel import GalleryPanel
from napari_cdcl.panels.explore.intensities import IntensityMaker
from napari_cdcl.panels.explore.network_profiles import NetworkProfiles
from napari_cdcl.panels.explore.phenotypes import PhenotypesPanel
from napari_cdcl.panels.explore.picking import Picking
from napari_cdcl.panels.explore.projector import Projector
from napari_cdcl.panels.explore.room import RoomForPictures
from napari_cdcl.panels.explore.scatter_slot import ScatterSlot
from napari_cdcl.panels.explore.selection_bar import SelectionBar
from napari_cdcl.panels.explore.shortcuts import ShortcutList, bind
from napari_cdcl.panels.explore.undo_buttons import UndoButtons
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel
from napari_cdcl.ui.scrolling_tabs import ScrollingTabs
from napari_cdcl.ui.thumbnails import Thumbnails
from napari_cdcl.ui.wrapping import TurningSplitter, flow

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari.viewer

    from napari_cdcl.models.items import Items

SIDE = 260
"""Pixels of width that a scatter beside another one needs; with fewer, they lie one above the other."""


class ExplorePanel(Panel):
    """One or two scatters with one selection, what can be done with it, and its pictures."""

    WIDTH = 460

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._picking = Picking(viewer, self)
        self.worker = BackgroundWorker(self)
        self.thumbnails = Thumbnails(self._session, self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._offer()

    def end(self) -> None:
        """Leave the mouse in the canvas alone, too."""
        if not self.ended:
            self._picking.turn(False)
        super().end()

    def _make_controls(self) -> None:
        session = self._session
        self.profiles = Chooser("Which profiles of the run are explored: of cells, fields, wells or treatments.")
        self.projector = Projector(session)
        self.intensities, self.networks = IntensityMaker(session), NetworkProfiles(session)
        self.both = QCheckBox("two side by side")
        self.both.setToolTip("Show a second scatter with its own projection and colour, and the same selection.")
        self.first = ScatterSlot(session, self.thumbnails, follows=True)
        self.second = ScatterSlot(session, self.thumbnails, follows=False)
        self.second.hide()
        self.bar = SelectionBar(session)
        self.gallery = GalleryPanel(session, self.thumbnails, bins=True)
        self.compare = ComparePanel(session, self.thumbnails)
        self.annotate = AnnotatePanel(session)
        self.phenotypes = PhenotypesPanel(session)
        self.clusters = ClustersPanel(session)
        self.distribution = DistributionPanel(session)
        self.undo = UndoButtons(session, self)
        self.message = MessageLine(session)
        self.keys: dict[str, tuple[str, Callable[[], object]]] = {
            "S": ("find what is similar to the selection", self.bar.similar.click),
            "A": ("set the selection aside", self.bar.aside.click),
            "T": ("select all of the same treatment", partial(self.bar.select_same, "treatment")),
            "N": ("name the selection", self._start_naming),
            "U": ("take back the last change of the table", self.undo.back.click),
            "Shift+U": ("do it again", self.undo.again.click),
        }
        bind(self, self.keys)

    def _lay_out(self) -> None:
        self.profiles.setMinimumContentsLength(10)
        top = flow(
            *(QLabel("profiles"), self.profiles, self.projector, self.intensities, self.networks, self.both),
            *(self.undo.back, self.undo.again, ShortcutList(self.keys)),
        )
        self.scatters = TurningSplitter(2 * SIDE)
        for slot in (self.first, self.second):
            self.scatters.addWidget(slot)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.scatters, 1)
        column.addWidget(self.bar)
        pages = (self.gallery, self.compare, self.annotate, self.phenotypes, self.clusters, self.distribution)
        titles = ("Gallery", "Compare", "Annotate", "Phenotypes", "Clusters", "Distribution")
        self.tabs = ScrollingTabs(zip(pages, titles, strict=True), scrolled=(self.gallery,))
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.addWidget(upper)
        self.parts.addWidget(self.tabs)
        self.room = RoomForPictures(self.parts, self.tabs)
        self.fill(self.parts, (top,), (self.message,))

    def _connect(self) -> None:
        session = self._session
        self._links.add(session.run_changed, self._offer)
        self._links.add(session.items_changed, self._on_items)
        self._links.add(session.selection_changed, self.room.follow)
        self.profiles.chosen.connect(self._read)
        self.both.toggled.connect(self._show_both)
        self.second.changed.connect(self._remember)
        self.projector.clusters_wanted.connect(self._find_clusters)
        self.bar.picker.toggled.connect(self._picking.turn)

    def _offer(self, _run: Any = None) -> None:
        run, items = self._session.run, self._session.items
        entries = [] if run is None else actions.list_run_profiles(run)
        titles = {one.key: one.title for one in entries}
        if items is not None and items.key not in titles:
            titles = {items.key: items.title, **titles}
        self.profiles.offer(titles, items.key if items is not None else "")

    def _on_items(self, _items: Any = None) -> None:
        self.worker.forget()  # other profiles, of a run that may not be open any more
        self._offer()
        if self.bar.picker.isChecked():
            self._picking.turn(True)
        extras = self._session.extras
        if extras.get("second_colour"):
            self.second.choose(extras.get("second_projection", ""), extras["second_colour"])

    def _read(self, key: str) -> None:
        """Read other profiles of the run in the background."""
        run, screen = self._session.run, self._session.screen
        if run is None or screen is None or not key:
            return
        self._session.told.emit(f"Reading {self.profiles.currentText()} …")
        self.worker.forget()
        self.worker.run(partial(actions.read_items, run, screen, key), self._show_items, self._complain)

    def _show_items(self, items: Items) -> None:
        self._session.items = items
        self._session.told.emit(" ".join([f"{counted(len(items), items.title)}.", *items.notes]))

    def _complain(self, error: Exception) -> None:
        self._offer()
        self._session.told.emit(words_of(error))

    def _find_clusters(self) -> None:
        self.tabs.show_page(self.clusters)
        self.clusters.find()

    def _start_naming(self) -> None:
        self.tabs.show_page(self.annotate)
        self.annotate.name.setFocus()

    def _show_both(self, shown: bool) -> None:
        self.second.setVisible(shown)
        self._remember()

    def _remember(self) -> None:
        kept = {"second_projection": self.second.points, "second_colour": self.second.colour}
        self._session.extras = kept if self.both.isChecked() else {}
        self._keeper.note()
