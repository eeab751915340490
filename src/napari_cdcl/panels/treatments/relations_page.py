"""Which treatments look alike by more than chance: found by a child, seen as a heat map, a network or a list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from cdcl.errors import CDCLError
from napari_cdcl.actions.relations import (
    LIST,
    RunRelations,
    Wish,
    count_treatments,
    read_run_relations,
    relation_steps,
    save_relations,
    stamp_of_relations,
)
from napari_cdcl.actions.selection import groups_of_selection, select_groups
from napari_cdcl.models.window_words import words_of
from napari_cdcl.models.written import with_formulas
from napari_cdcl.panels.treatments.relation_views import RelationViews
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.choosers import Chooser, colour_columns
from napari_cdcl.ui.file_dialogs import ask_file, ask_new_file
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session

NO_RUN = "Open a run first: Screen ▸ Open, or the Runs panel."
NOT_YET = "Not computed yet: press Find relations."
STALE = "The profiles have changed since; find them again."
NO_TREE = "They were found by an earlier version, without a dendrogram; find them again to see it."
MORE = "More wells of each treatment, or profiles of another network or correction, may show some."
READING = "Reading …"
MECHANISM = "mechanism"
NO_MECHANISM = (
    "No mechanism of a treatment is known, so colours say nothing. Give the plate map a column mechanism (Screen "
    "panel), or choose another column."
)


class RelationsPage(QWidget):
    """Relations of one run's treatments, linked with the selection."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.relations: RunRelations | None = None
        self.known: Path | None = None
        """The file of pairs that the user wants marked."""
        self._stamp: tuple[int, ...] = ()
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
        self.marker = QPushButton("Known pairs…")
        self.marker.setToolTip(
            "Mark pairs that a table names: its first two columns hold treatments or compounds, under a heading."
        )
        self.saver = QPushButton("Save…")
        self.saver.setToolTip("Write the view on display: as a table (CSV), or drawn for print (PNG, SVG).")
        self.colour = Chooser("Colour of the treatments: any column with one value for each, such as the mechanism.")
        self.colour.setMinimumContentsLength(9)
        self.state, self.told = QLabel(), QLabel()
        for label in (self.state, self.told):
            label.setWordWrap(True)
        self.state.setToolTip("Alike beyond chance: with a false discovery rate q below 0.05 over all pairs.")
        self.told.hide()
        self.views = RelationViews()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(flow(self.finding.button, self.marker, self.saver))
        layout.addLayout(flow(*self.views.buttons.values(), self.colour))
        for part in (self.finding.progress, self.finding.words, self.state, self.told):
            layout.addWidget(part)
        layout.addWidget(self.views, 1)
        layout.addStretch()

    def _connect(self) -> None:
        session = self._session
        self._looks.due.connect(self.refresh)
        self._links.add(session.run_changed, self._on_run)
        self._links.add(session.screen_relabelled, self._read_anew)
        for signal in (session.selection_changed, session.items_changed, session.items_extended):
            self._links.add(signal, self._mark)
        self.finding.wanted.connect(self.find)
        self.finding.step_ended.connect(self.refresh)
        self.marker.clicked.connect(self._ask_known)
        self.saver.clicked.connect(self._ask_save)
        self.colour.chosen.connect(self._colour)
        self.views.wanted.connect(self._select)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Ask for the height that rows which wrap at this width need."""
        layout, least = self.layout(), super().minimumSizeHint()
        wrapped = 0 if layout is None else layout.minimumHeightForWidth(self.width())
        return QSize(least.width(), max(least.height(), wrapped))

    def find(self) -> None:
        """Find the relations of the run that is open."""
        run = self._session.run
        if run is None:
            return
        try:
            self.finding.start(relation_steps(run, self.known))
        except CDCLError as error:
            self._complain(error)

    def mark_known(self, path: Path | None) -> None:
        """Mark the pairs that a file names, or, without one, those that were marked when relations were found."""
        self.known = path
        self._read_anew()

    def refresh(self) -> None:
        """Read, in a thread, what was found since."""
        run, screen = self._session.run, self._session.screen
        if run is None:
            return
        stamp = stamp_of_relations(run)
        if stamp != self._stamp:
            self._stamp = stamp
            sites = None if screen is None else screen.sites
            self.worker.run(partial(read_run_relations, run, sites, self.known), self._show, self._fail)

    def save(self, path: Path) -> None:
        """Write the view on display; it is drawn in a thread."""
        if self.relations is None or self.relations.map is None:
            return
        wish = Wish(self.views.view, self.colour.key, self.views.lines)
        self._session.told.emit(f"Writing {path.name} …")
        work = partial(save_relations, self.relations.map, wish, path)
        said = f"The {wish.view} is in {path.name}."
        self.worker.run(work, lambda _: self._session.told.emit(with_formulas(said, path)), self._complain)

    def _on_run(self, run: Run | None) -> None:
        self.worker.forget()
        self._stamp, self.known = (), None
        self.finding.words.clear()
        self.finding.words.setVisible(self.finding.running)
        self.finding.button.setEnabled(run is not None)
        self._empty(NO_RUN if run is None else READING)
        if self.isVisible():
            self.refresh()

    def _read_anew(self, _changed: Any = None) -> None:
        self._stamp = ()
        if self.isVisible():
            self.refresh()

    def _show(self, relations: RunRelations) -> None:
        run = self._session.run
        if run is None or relations.run.folder != run.folder:
            return
        if relations.map is None:
            self._empty(self._not_yet())
            return
        self.relations = relations
        self.state.setText(_in_words(relations))
        self._say_told(relations)
        self.views.show_relations(relations.map)
        columns, key = colour_columns(relations.map.table), self.colour.key
        wanted = key if key in columns else MECHANISM if MECHANISM in columns else ""
        self.colour.offer({"": "one colour", **{name: f"by {name}" for name in columns}}, wanted)
        self._colour(wanted)
        self._enable()
        self._mark()

    def _empty(self, words: str) -> None:
        """Show nothing but a line that says what to do."""
        self.relations = None
        self.state.setText(words)
        self.told.hide()
        self.views.show_relations(None)
        self._enable()

    def _enable(self) -> None:
        known = self.relations is not None
        for control in (self.marker, self.saver, self.colour, *self.views.buttons.values()):
            control.setEnabled(known)
        self.views.setVisible(known)

    def _not_yet(self) -> str:
        """Say that nothing was found yet, or why nothing can be."""
        from cdcl.hits.relations import FEWEST  # pandas takes a moment to import

        screen = self._session.screen
        count = FEWEST if screen is None else count_treatments(screen.sites)
        if count >= FEWEST:
            return NOT_YET
        what = "1 treatment" if count == 1 else f"{count} treatments"
        return (
            f"This screen has {what} beside its controls; at least {FEWEST} are needed to say which are alike by more "
            "than chance. Name treatments in the plate map (Screen panel), or open a run of a larger screen."
        )

    def _say_told(self, relations: RunRelations) -> None:
        self.told.setVisible(relations.told is not None and self.known is not None)
        if relations.told is not None and self.known is not None:
            named, marked = relations.told
            where = f"{self.known.name}: {marked:,} of its {named:,} pairs are marked"
            self.told.setText(f"{where}." if marked else f"{where}. Are its names those of treatments here?")

    def _colour(self, column: str) -> None:
        if self.relations is not None and self.relations.map is not None:
            known = MECHANISM in self.relations.map.table
            self.views.show_colours(column, "" if known or column else NO_MECHANISM)

    def _mark(self, _changed: Any = None) -> None:
        """Mark what is selected, wherever it was."""
        if self.isVisible() and self.relations is not None:
            self.views.mark(groups_of_selection(self._session, "treatment"))

    def _select(self, treatments: set[str], adding: bool) -> None:
        found = select_groups(self._session, "treatment", treatments, "add" if adding else "replace")
        if treatments and found < 1:
            self._session.told.emit("None of the points on display is of these treatments.")

    def _fail(self, error: Exception) -> None:
        if self.known is not None and self.relations is not None:  # it was whole before the user named this file
            self.known = None
            self._complain(error)
            return
        self._empty(words_of(error))

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _ask_known(self) -> None:
        path = ask_file(self, "Known pairs", "Tables (*.csv *.tsv *.txt);;All files (*)")
        if path:
            self.mark_known(path)

    def _ask_save(self) -> None:
        view = self.views.view
        proposed = f"{view.replace(' ', '-')}.csv"
        drawn = "" if view == LIST else ";;Picture (*.png);;Drawing (*.svg)"
        path = ask_new_file(self, f"Write the {view}", proposed, f"Table (*.csv){drawn}")
        if path:
            self.save(path)

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Mark what was selected meanwhile."""
        super().showEvent(event)
        self._mark()


def _in_words(relations: RunRelations) -> str:
    assert relations.map is not None
    count, pairs = len(relations.map.related), len(relations.map.relations.pairs)
    words = [f"{count:,} of {pairs:,} pairs are alike beyond chance."]
    words += [] if count else [MORE]
    words += [STALE] if relations.stale else []
    words += [NO_TREE] if not len(relations.map.joints.heights) else []
    return " ".join(words)
