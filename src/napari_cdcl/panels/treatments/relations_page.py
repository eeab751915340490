"""Which treatments look alike by more than chance: found by a child, listed, both of a pair selected by a click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl.actions.relations import RunRelations, read_run_relations, relation_steps, stamp_of_relations
from napari_cdcl.actions.selection import select_groups
from napari_cdcl.models.window_words import words_of
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.sorted_table import FIT, ColumnStyle, SortedTable, write_text
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from cdcl.runs import Run
    from napari_cdcl.models.session import Session

NO_RUN = "Open a run first: Screen ▸ Open, or the Runs panel."
NOT_YET = "Not computed yet: press Find relations."
STALE = "The profiles have changed since; find them again."
MOST = 500
"""Pairs that are listed, the most alike: nobody reads more, and the table stays quick."""
STYLES = {
    "pair": ColumnStyle("pair", "Click to select the points of both treatments in every panel."),
    "similarity": ColumnStyle(
        "alike",
        "Cosine between their shifts from the controls: 1 is the same direction.",
        "{:.2f}".format,
        46,
        to_right=True,
    ),
    "q": ColumnStyle("q", "False discovery rate over all pairs.", "{:.2g}".format, 58, to_right=True),
    "mechanism": ColumnStyle("mechanism", "Mechanism that both are known for.", write_text, FIT),
}


class RelationsPage(QWidget):
    """Pairs of treatments of one run, linked with the selection."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self._stamp: tuple[int, ...] = ()
        self._ends: dict[str, tuple[str, str]] = {}
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_run(session.run)

    def _make_controls(self) -> None:
        self.finding = JobControls(
            "Find relations",
            "Compare every two treatments by their shifts from the controls, in a process of its own.",
            done="",
            cancelled="Cancelled. What was found before is as it was.",
            parent=self,
        )
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.list = SortedTable()
        self.list.setAccessibleName("related treatments")
        self.list.setToolTip("Click a line to select the points of both treatments everywhere; a heading sorts.")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.finding.button))
        for part in (self.finding.progress, self.finding.words, self.state):
            layout.addWidget(part)
        layout.addWidget(self.list, 1)
        layout.addStretch()

    def _connect(self) -> None:
        self._looks.due.connect(self.refresh)
        self._links.add(self._session.run_changed, self._on_run)
        self.finding.wanted.connect(self.find)
        self.finding.step_ended.connect(self.refresh)
        self.list.chosen.connect(self._select)

    def find(self) -> None:
        """Find the relations of the run that is open."""
        run = self._session.run
        if run is None:
            return
        try:
            self.finding.start(relation_steps(run))
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def refresh(self) -> None:
        """Read, in a thread, what was found since."""
        run = self._session.run
        if run is None:
            return
        stamp = stamp_of_relations(run)
        if stamp != self._stamp:
            self._stamp = stamp
            self.worker.run(partial(read_run_relations, run), self._show, self._fail)

    def _on_run(self, run: Run | None) -> None:
        self.worker.forget()
        self._stamp, self._ends = (), {}
        self.list.hide()
        self.finding.words.clear()
        self.finding.words.setVisible(self.finding.running)
        self.finding.button.setEnabled(run is not None)
        self.state.setText(NO_RUN if run is None else "Reading …")
        if self.isVisible():
            self.refresh()

    def _show(self, relations: RunRelations) -> None:
        run, pairs = self._session.run, relations.pairs
        if run is None or relations.run.folder != run.folder:
            return
        if pairs is None:
            self.list.hide()
            self.state.setText(NOT_YET)
            return
        related = pairs[pairs["related"]].nlargest(MOST, "similarity")
        names = [f"{one} · {other}" for one, other in zip(related["one"], related["other"], strict=True)]
        self._ends = dict(zip(names, zip(related["one"], related["other"], strict=True), strict=True))
        self.list.show_columns(related.assign(pair=names), STYLES)
        self.list.sort_by("similarity", down=True)
        self.list.setVisible(bool(names))
        count = int(pairs["related"].sum())
        words = f"{count:,} of {len(pairs):,} pairs are more alike than chance explains (q < 0.05)."
        shown = f" The {MOST} most alike are listed." if count > MOST else ""
        self.state.setText(f"{words}{shown} {STALE}" if relations.stale else words + shown)

    def _select(self, labels: set[str]) -> None:
        treatments = {name for label in labels for name in self._ends[label]}
        if treatments and select_groups(self._session, "treatment", treatments) < 1:
            self._session.told.emit("None of the points on display is of these treatments.")

    def _fail(self, error: Any) -> None:
        self.list.hide()
        self.state.setText(words_of(error))
