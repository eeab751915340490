"""The scores panel: what profiles are worth, runs and corrections side by side, down to single treatments."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from cdcl.runs import Run
from napari_cdcl.actions.scores import export_board
from napari_cdcl.models.score_files import read_scored, stamp_of, title_of_source
from napari_cdcl.models.score_table import lay_out, sentences_of
from napari_cdcl.models.window_words import words_of
from napari_cdcl.models.written import with_formulas
from napari_cdcl.panels.scores.bars import CHANCE, SHUFFLED, legend_html
from napari_cdcl.panels.scores.comparing import CompareButton
from napari_cdcl.panels.scores.scoring import ScorePart
from napari_cdcl.panels.scores.table import ScoreTable
from napari_cdcl.panels.scores.treatments import TreatmentPart
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.file_dialogs import ask_file, ask_folder, ask_new_file
from napari_cdcl.ui.fold import Fold
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from pathlib import Path

    import napari.viewer

    from napari_cdcl.models.score_files import Scored

LEVELS = {"coarse": "wells", "fine": "fields", "both": "all levels"}
MOST_TOLD = 2
"""Sentences under the table; the report has all."""
EMPTY = "Nothing is scored yet. Open a run, or add one with Add, and press Score."
UNSCORED = "{} is not scored yet: press Score."
TABLES = "Profiles or scores (*.parquet *.csv *.csv.gz *.h5ad);;Any file (*)"


class ScoresPanel(Panel):
    """Shows the scores in the folders of runs; whoever wrote them."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.worker = BackgroundWorker(self)
        self.sources: list[Path] = []
        self._found: dict[Path, list[Scored]] = {}
        self._stamps: dict[Path, tuple[tuple[str, int], ...]] = {}
        self._hidden: set[tuple[str, str]] = set()
        self._own: Path | None = None
        self.report_job: Job | None = None
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_run(self._session.run)

    def _make_controls(self) -> None:
        self.adder = _menu_button("Add ▾", "Set the scores of another run, or of any tool's profiles, beside these.")
        menu = QMenu(self.adder)
        menu.addAction("Run…", self._ask_run)
        menu.addAction("Profiles or a table of scores…", self._ask_file)
        self.adder.setMenu(menu)
        self.columns = _menu_button("Columns ▾", "Choose what stands side by side, or take a run away.")
        self.columns.setMenu(QMenu(self.columns))
        self.level = Chooser(
            "Of scores that were measured on fields and on wells: which are shown. Others are of wells or treatments."
        )
        self.level.offer(LEVELS, "coarse")
        self.beside = QCheckBox("baselines beside")
        self.beside.setToolTip("Show the baselines beside too; under the bars they are ticks.")
        self.report = QPushButton("Report")
        self.report.setToolTip("Write the run as one page (report.html), and open it in the browser.")
        self.exporter = QPushButton("Export…")
        self.exporter.setToolTip("Write the table, as it is shown, to a CSV file.")
        self.compare = CompareButton()
        self.scoring = ScorePart()
        self.fold = Fold("Score profiles", "What is scored, and after which corrections.", lambda: self.scoring)
        self.table = ScoreTable()
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setToolTip(
            "Ticks at the bars. A pale bar: a baseline does as well. Thin line: 95 % interval. Bold: best of the row."
        )
        self.finding = QLabel()
        self.finding.setWordWrap(True)
        self.finding.setToolTip("What the scores say of the layout, and of where the features' origin lies.")
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.treatments = TreatmentPart(self._session)
        self.message = MessageLine(self._session)

    def _lay_out(self) -> None:
        top, second = flow(self.adder, self.columns, self.report, self.compare, self.exporter), QHBoxLayout()
        for button in (self.report, self.compare, self.exporter):
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 16)  # docks are narrow
        second.addWidget(self.level, 1)
        second.addWidget(self.beside)
        upper = QWidget()
        inside = QVBoxLayout(upper)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        for part, stretch in ((self.empty, 1), (self.table, 1), (self.finding, 0), (self.legend, 0)):
            inside.addWidget(part, stretch)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.addWidget(upper)
        self.parts.addWidget(self.treatments)
        self.parts.setSizes([460, 60])
        self.parts.setChildrenCollapsible(False)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        layout.addWidget(self.parts, 1)
        self.fill(body, (top, second), (self.message,))

    def _connect(self) -> None:
        self._looks.due.connect(self.refresh)
        self._links.add(self._session.run_changed, self._on_run)
        self.level.chosen.connect(self.show_board)
        self.beside.toggled.connect(self.show_board)
        self.report.clicked.connect(self.open_report)
        self.exporter.clicked.connect(self._ask_export)
        self.compare.told.connect(self._session.told.emit)
        self.scoring.scored.connect(self._on_scored)
        self.table.asked.connect(self._ask_treatments)
        self.treatments.shown.connect(self._make_room)

    def add(self, source: Path) -> None:
        """Set a run, a file of profiles or a table of scores beside what is shown."""
        source = source.parent if source.name == Run(source.parent).config.name else source
        if source.is_dir() and not Run(source).config.is_file():
            self._session.told.emit(f"{source} is no run: there is no config.toml in it.")
            return
        self._own = None if source == self._own else self._own  # what was asked for stays
        if source not in self.sources:
            self.sources.append(source)
        self._on_sources()
        self.scoring.choose(source)
        self.refresh()

    def remove(self, source: Path) -> None:
        """Show it no more; its files stay."""
        self.sources = [one for one in self.sources if one != source]
        self._found.pop(source, None)
        self._stamps.pop(source, None)
        self._on_sources()
        self.show_board()

    def refresh(self) -> None:
        """Read, in a thread, what was scored since."""
        for source in self.sources:
            stamp = stamp_of(source)
            if self._stamps.get(source) != stamp:
                self._stamps[source] = stamp
                self.worker.run(partial(read_scored, source), partial(self._show, source), self._complain)

    def show_board(self, _changed: Any = None) -> None:
        """Lay out what is to be seen."""
        everything = tell_apart([scored for source in self.sources for scored in self._found.get(source, ())])
        shown = [scored for scored in everything if (scored.title, scored.what) not in self._hidden]
        board = lay_out(shown, self.level.key or "coarse", baselines=self.beside.isChecked())  # type: ignore[arg-type]
        self.table.show_board(board)
        self.table.setVisible(bool(board.rows))
        told = sentences_of(shown)[:MOST_TOLD]
        self.finding.setText("\n".join(told))
        self.finding.setVisible(bool(told))
        self.empty.setVisible(not board.rows)
        names = [title_of_source(source) for source in self.sources]
        self.empty.setText(UNSCORED.format(" and ".join(names)) if names else EMPTY)
        self.legend.setText(f"{legend_html([CHANCE, SHUFFLED, *board.baselines])} &nbsp; ├┤95&nbsp;%&nbsp;interval")
        self.legend.setVisible(bool(board.rows))
        self.exporter.setEnabled(bool(board.rows))
        if not board.rows and not self.worker.busy:
            self.fold.open()
        if not self.table.currentIndex().isValid():
            self.treatments.forget()
        self._fill_columns(everything)

    def open_report(self) -> None:
        """Write report.html of the run in a child, and open it."""
        run = self._run_of_report()
        if run is None or self.report_job is not None:
            return
        self._session.told.emit(f"Writing the report of {run.folder.name} …")
        self.report.setEnabled(False)
        self.report_job = Job(["report", str(run.folder)], self)
        self.report_job.finished.connect(partial(self._on_report, run))
        self.report_job.start()

    def export(self, path: Path) -> None:
        """Write what the table shows."""
        try:
            export_board(self.table.board, path)
        except (CDCLError, OSError) as error:
            self._complain(error)
            return
        self._session.told.emit(with_formulas(f"The table is in {path}.", path))

    def _on_run(self, run: Run | None) -> None:
        """Show the run of the session first; the one before goes, unless the user has added it."""
        if self._own is not None:
            self.remove(self._own)
        self._own = None if run is None or run.folder in self.sources else run.folder
        if self._own is not None:
            self.sources.insert(0, self._own)
        self._on_sources()
        if run is not None:
            self.scoring.choose(run.folder)
        self.refresh()
        self.show_board()

    def _on_sources(self) -> None:
        self.scoring.offer(self.sources)
        self.compare.offer(self.sources)
        run = self._run_of_report()
        self.report.setEnabled(run is not None and self.report_job is None)

    def _run_of_report(self) -> Run | None:
        """Give the session's run, or else the first that was added."""
        folders = [source for source in self.sources if source.is_dir()]
        if self._session.run is not None and self._session.run.folder in folders:
            return self._session.run
        return Run(folders[0]) if folders else None

    def _show(self, source: Path, found: list[Scored]) -> None:
        if source in self.sources:
            self._found[source] = found
            self.show_board()

    def _on_scored(self, source: Path) -> None:
        self._stamps.pop(source, None)
        self.refresh()

    def _on_report(self, run: Run, well: bool, message: str) -> None:
        self.report_job = None
        self._on_sources()
        if well:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.report)))
        self._session.told.emit(f"The report is {run.report}." if well else message)

    def _ask_treatments(self, name: str, level: str, column: int) -> None:
        self.treatments.ask(self.table.board.columns[column].scored, name, level)

    def _make_room(self) -> None:
        """Give the list of treatments a share of the panel when it is first filled."""
        upper, lower = self.parts.sizes()
        if self.treatments.list.isVisibleTo(self.treatments) and lower < 0.3 * (upper + lower):
            self.parts.setSizes([int(0.6 * (upper + lower)), int(0.4 * (upper + lower))])
            QTimer.singleShot(0, self.table.show_chosen)

    def _fill_columns(self, everything: list[Scored]) -> None:
        menu = self.columns.menu()
        assert menu is not None
        menu.clear()
        for scored in everything:
            place = (scored.title, scored.what)
            action = menu.addAction(f"{scored.title}, {scored.what}")
            assert action is not None
            action.setCheckable(True)
            action.setChecked(place not in self._hidden)
            action.toggled.connect(partial(self._show_column, place))
        menu.addSeparator()
        for source in self.sources:
            if source != self._own:
                menu.addAction(f"Take {title_of_source(source)} away", partial(self.remove, source))
        self.columns.setEnabled(bool(everything or self.sources))

    def _show_column(self, place: tuple[str, str], shown: bool) -> None:
        self._hidden = self._hidden - {place} if shown else self._hidden | {place}
        QTimer.singleShot(0, self.show_board)  # the menu is still open, and about to be filled anew

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _ask_run(self) -> None:
        start = str(self.sources[0].parent) if self.sources else ""
        folder = ask_folder(self, "The folder of a run", start)
        if folder:
            self.add(folder)

    def _ask_file(self) -> None:
        path = ask_file(self, "Profiles, or a table of scores", TABLES)
        if path:
            self.add(path)

    def _ask_export(self) -> None:
        path = ask_new_file(self, "Write the table", "scores-table.csv", "Table (*.csv)")
        if path:
            self.export(path)


def tell_apart(everything: list[Scored]) -> list[Scored]:
    """Name runs that are called the same with the folder they lie in."""
    places: dict[str, set[Path]] = {}
    for scored in everything:
        places.setdefault(scored.title, set()).add(scored.source)
    shared = {title for title, sources in places.items() if len(sources) > 1}
    return [
        replace(scored, title=f"{scored.source.parent.name}/{scored.title}") if scored.title in shared else scored
        for scored in everything
    ]


def _menu_button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
    return button
