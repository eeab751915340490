"""The treatments panel: which treatments do something, why, and what they look like beside their controls."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSplitter, QTabWidget, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl.actions.hits import (
    RunHits,
    fields_beside_controls,
    hit_steps,
    read_run_hits,
    save_hits,
    stamp_of_hits,
    treatments_that_are,
    write_stars,
)
from napari_cdcl.actions.navigation import show_row
from napari_cdcl.actions.selection import groups_of_selection, select_groups
from napari_cdcl.models.window_words import words_of
from napari_cdcl.models.written import with_formulas
from napari_cdcl.panels.treatments.doses_page import DosesPage
from napari_cdcl.panels.treatments.hit_list import HitList
from napari_cdcl.panels.treatments.montage import Montage, Pair
from napari_cdcl.panels.treatments.relations_page import RelationsPage
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.column import Column
from napari_cdcl.ui.file_dialogs import ask_new_file
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel
from napari_cdcl.ui.thumbnails import Thumbnails
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from pathlib import Path

    import napari.viewer
    import pandas as pd

    from cdcl.runs import Run

SHOWN = {"all": "all", "hits": "hits", "starred": "starred", "flagged": "flagged", "toxic": "toxic"}
PLATES = 3
"""Pairs of the montage: as many as show whether a change repeats, and still fit a laptop's window."""
READING = "Reading …"
NO_RUN = "Open a run first: Screen ▸ Open, or the Runs panel."
NOT_YET = (
    "Not judged yet. Find hits asks of each treatment whether it differs from the negative controls of its plates."
)
STALE = "The profiles, or the shares of phenotypes, have changed since; find the hits again."
CHOOSE = "Choose a treatment or a dose: its reasons stand here, and its fields beside controls of the same plates."


class TreatmentsPanel(Panel):
    """Shows the hits in the run's folder, whoever has found them."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.worker = BackgroundWorker(self)
        self.hits: RunHits | None = None
        self._stamp: tuple[int, ...] = ()
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_run(self._session.run)

    def _make_controls(self) -> None:
        self.finding = JobControls(
            "Find hits",
            "Judge every treatment against the negative controls of its plates, in a process of its own.",
            done="",
            cancelled="Cancelled. What was found before is as it was.",
            parent=self,
        )
        self.shown = Chooser("Which treatments are listed.")
        self.shown.offer(SHOWN, "all")
        self.search = QLineEdit()
        self.search.setPlaceholderText("find …")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("List only those whose name holds this.")
        self.saver = QPushButton("Save…")
        self.saver.setToolTip("Write the treatments that are listed, in their order, as CSV or as a workbook.")
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.list = HitList()
        self.reasons = QLabel(CHOOSE)
        self.reasons.setWordWrap(True)
        self.reasons.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.montage = Montage(Thumbnails(self._session, self, of_fields=True))
        self.doses = DosesPage(self._session)
        self.relations = RelationsPage(self._session)
        self.message = MessageLine(self._session)

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.addTab(self._hits_page(), "Hits")
        self.tabs.addTab(self.doses, "Doses")
        self.tabs.addTab(self.relations, "Relations")
        self.tabs.setTabToolTip(0, "Which treatments do something, and why.")
        self.tabs.setTabToolTip(1, "At which dose each compound does something.")
        self.tabs.setTabToolTip(2, "Which treatments look alike by more than chance.")
        lower = QWidget()
        inside = QVBoxLayout(lower)
        inside.setContentsMargins(0, 4, 0, 0)
        inside.addWidget(self.reasons)
        inside.addWidget(self.montage)
        inside.addStretch(1)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.addWidget(self.tabs)
        self.parts.addWidget(Column(lower))
        self.parts.setSizes([480, 200])
        self.parts.setChildrenCollapsible(False)
        self.fill(self.parts, (), (self.message,))

    def _hits_page(self) -> QWidget:
        page, second = QWidget(), QHBoxLayout()
        second.addWidget(self.shown)
        second.addWidget(self.search, 1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.finding.button, self.saver))
        layout.addLayout(second)
        for part in (self.finding.progress, self.finding.words, self.state):
            layout.addWidget(part)
        layout.addWidget(self.list, 1)
        return page

    def _connect(self) -> None:
        session = self._session
        self._looks.due.connect(self.refresh)
        self._links.add(session.run_changed, self._on_run)
        for signal in (session.selection_changed, session.items_changed, session.items_extended):
            self._links.add(signal, self._follow)
        self.finding.wanted.connect(self.find)
        self.finding.step_ended.connect(self.refresh)
        self.shown.chosen.connect(self._filter)
        self.search.textChanged.connect(self.list.search)
        self.saver.clicked.connect(self._ask_save)
        self.list.chosen.connect(self._select)
        self.list.starred.connect(self.turn_star)
        self.montage.field_wanted.connect(partial(show_row, session))

    def find(self) -> None:
        """Find the hits of the run that is open."""
        run = self._session.run
        if run is None:
            return
        try:
            self.finding.start(hit_steps(run))
        except CDCLError as error:
            self._complain(error)

    def refresh(self) -> None:
        """Read, in a thread, what was found since."""
        run = self._session.run
        if run is None:
            return
        stamp = stamp_of_hits(run)
        if stamp != self._stamp:
            self._stamp = stamp
            self.worker.run(partial(read_run_hits, run), self._show, self._fail)

    def turn_star(self, treatment: str) -> None:
        """Star a treatment, or take its star away; the run keeps it."""
        if self.hits is None:
            return
        stars = self.hits.stars ^ {treatment}
        try:
            write_stars(self.hits.run, stars)
        except (CDCLError, OSError) as error:
            self._complain(error)
            return
        self._stamp = stamp_of_hits(self.hits.run)
        self._show(replace(self.hits, stars=stars))

    def save(self, path: Path) -> None:
        """Write what is listed."""
        if self.hits is None or self.hits.table is None:
            return
        try:
            save_hits(self.hits, self.list.labels(), path)
        except (CDCLError, OSError) as error:
            self._complain(error)
            return
        said = f"{len(self.list.labels())} treatments are in {path.name}."
        self._session.told.emit(with_formulas(said, path))

    def _on_run(self, run: Run | None) -> None:
        self.worker.forget()
        self.hits, self._stamp = None, ()
        self.list.setVisible(False)
        self.finding.words.clear()
        self.finding.words.setVisible(self.finding.running)
        self.finding.button.setEnabled(run is not None)
        self._say_state(NO_RUN if run is None else READING)
        self._explain(set())
        self._enable()
        self.refresh()

    def _show(self, hits: RunHits) -> None:
        run = self._session.run
        if run is None or hits.run.folder != run.folder:
            return
        self.hits = hits
        marked = self.list.marked()
        if hits.table is not None:
            first = not self.list.isVisibleTo(self)
            self.list.show_hits(hits)
            if first:
                self.list.sort_by("effect", down=True)
        self.list.setVisible(hits.table is not None)
        self._filter()
        self.list.mark(marked)
        self._enable()
        self._follow()

    def _fail(self, error: Exception) -> None:
        self.hits = None
        self.list.setVisible(False)
        self._say_state(words_of(error))
        self._enable()

    def _enable(self) -> None:
        known = self.hits is not None and self.hits.table is not None
        for control in (self.shown, self.search, self.saver):
            control.setEnabled(known)

    def _filter(self, _key: str = "") -> None:
        """List what is asked for, and say how many that are."""
        if self.hits is None or self.hits.table is None:
            self._say_state(NOT_YET if self._session.run is not None else NO_RUN)
            return
        table = self.hits.table
        self.list.show_only(treatments_that_are(self.hits, self.shown.key))
        words = f"{int(table['hit'].sum()):,} of {len(table):,} treatments are hits."
        self._say_state(f"{words} {STALE}" if self.hits.stale else words)

    def _say_state(self, words: str) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))

    def _select(self, labels: set[str]) -> None:
        found = select_groups(self._session, "treatment", labels)
        if labels and found < 1:
            self._session.told.emit("None of the points on display is of this treatment.")
        self._explain(labels)

    def _follow(self, _changed: Any = None) -> None:
        """Mark the row of what is selected, where that is of one treatment; do not select anything."""
        labels = groups_of_selection(self._session, "treatment")
        if self.hits is not None and self.hits.table is not None:
            if len(labels) == 1 and labels != self.list.marked():
                self.list.mark(labels)
            labels = self.list.marked()
        self._explain(labels)

    def _explain(self, labels: set[str]) -> None:
        """Say why the chosen treatment is a hit or not, and show it beside controls, judged or not."""
        hits, screen = self.hits, self._session.screen
        table = None if hits is None else hits.table
        if len(labels) != 1 or screen is None:
            self.reasons.setText(CHOOSE if table is not None else "")
            self.montage.show_pairs(())
            return
        (treatment,) = labels
        pairs = fields_beside_controls(screen, treatment, PLATES)
        beside = "" if pairs else "\nNo plate of the screen has both a field of it and a negative control to show."
        self.reasons.setText(f"{treatment}: {_reasons(table, treatment)}{beside}")
        self.montage.show_pairs([self._pair(treatment, *pair) for pair in pairs])

    def _pair(self, treatment: str, treated: int, control: int) -> Pair:
        screen = self._session.screen
        assert screen is not None
        sites = screen.sites
        where = [f"{sites['plate'].iloc[row]} {sites['well'].iloc[row]}" for row in (treated, control)]
        return Pair(treated, control, f"{treatment}, {where[0]}", f"control, {where[1]}")

    def _ask_save(self) -> None:
        path = ask_new_file(self, "Write the treatments", "hits.csv", "Table (*.csv);;Workbook (*.xlsx)")
        if path:
            self.save(path)

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))


def _reasons(table: pd.DataFrame | None, treatment: str) -> str:
    """Say why a treatment is a hit or not."""
    if table is None:
        return "not judged yet (Find hits)."
    rows = table[table["treatment"].astype(str) == treatment]
    return str(rows["reasons"].iloc[0]) if len(rows) else "it was not judged: it is no treatment of this table."
