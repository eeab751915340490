"""The runs panel: all runs of a folder; look at them, compare, go on, embed, export, tidy up."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QFile
from qtpy.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cdcl.errors import CDCLError
from cdcl.runs import export_model
from napari_cdcl import actions
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.runs.comparison import RunComparison
from napari_cdcl.panels.runs.embed import EmbedPart
from napari_cdcl.panels.runs.new_plates import NewPlates
from napari_cdcl.panels.runs.table import RunTable
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.jobs import Job
from napari_cdcl.runs.folders import remember_runs_folder, runs_folder
from napari_cdcl.runs.launch import check_name, go_on_plan
from napari_cdcl.runs.run_files import Entry, delete_run, list_entries, rename_run, write_notes
from napari_cdcl.runs.run_watch import RunWatch
from napari_cdcl.runs.training_queue import training_queue_of
from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.curves import Curves
from napari_cdcl.ui.file_dialogs import ask_folder, ask_new_file
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel
from napari_cdcl.ui.unsaved import may_go
from napari_cdcl.ui.while_shown import WhileShown
from napari_cdcl.ui.wrapping import flow

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari.viewer
    from qtpy.QtGui import QHideEvent

    from cdcl.runs import Run
    from napari_cdcl.runs.run_watch import Glance

CHOOSE = "Choose a run in the table, or two (with Ctrl) to compare them."
YES, NO = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


class RunsPanel(Panel):
    """Lists runs and does what one does with a finished one."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._trainings = training_queue_of(viewer)
        self._worker, self._glances = BackgroundWorker(self), BackgroundWorker(self)
        self._opening = BackgroundWorker(self)  # of its own: a look at another run drops older looks, not this
        self._job: Job | None = None
        self._noted: Run | None = None
        self._described: Entry | None = None
        self._looks = WhileShown(self)
        self._make_controls()
        self._lay_out()
        self._connect()
        self.refresh()

    def _make_controls(self) -> None:
        self.folder = QLineEdit(str(runs_folder()))
        self.folder.setToolTip("The folder whose runs are listed, those in folders inside it, too.")
        self.folder_button = QToolButton()
        self.folder_button.setText("…")
        self.folder_button.setToolTip("Choose another folder of runs.")
        self.table = RunTable()
        self.buttons = {
            name: make_button(title, tip)
            for name, title, tip in (
                ("watch", "Watch", "Show its progress and curves in the Train panel."),
                ("open", "Explore", "Open its screen and profiles in the Explore panel."),
                (
                    "resume",
                    "Go on",
                    "Go on training from its newest checkpoint, as if it had not stopped; or follow the cluster again.",
                ),
                ("score", "Score", "Score its profiles; a minute or more."),
                ("more", "More", "Rename, export the model, move to the trash."),
            )
        }
        menu = QMenu(self)
        menu.addAction("Rename…", self._ask_rename)
        menu.addAction("Export model…", self._ask_export)
        menu.addAction("Move to trash…", self._ask_delete)
        self.buttons["more"].setMenu(menu)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.curves = Curves()
        self.notes = QPlainTextEdit()
        self.notes.setToolTip("Your own words on this run, kept as you type.")
        self.notes.setPlaceholderText("Notes on this run (kept in its folder)")
        self.notes.setMaximumHeight(70)
        self.comparison = RunComparison()
        self.embedding = EmbedPart(self._session)
        self.new_plates = NewPlates()
        self.message = MessageLine(self._session)

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), flow(*self.buttons.values())
        top.addWidget(self.folder, 1)
        top.addWidget(self.folder_button)
        details = QWidget()
        inside = QVBoxLayout(details)
        for widget in (self.about, self.notes, self.curves):
            inside.addWidget(widget)
        inside.addStretch()
        self.tabs = QTabWidget()
        pages = {"Compare": self.comparison, "Embed": self.embedding, "New plates": self.new_plates}
        for title, tab in {"Details": details, **pages}.items():
            self.tabs.addTab(_scrolled(tab), title)
        self.parts = parts = QSplitter()
        parts.setOrientation(parts.orientation().Vertical)
        parts.addWidget(self.table)
        parts.addWidget(self.tabs)
        parts.setSizes([240, 420])
        self.fill(parts, (top, buttons), (self.message,))

    def _connect(self) -> None:
        self._looks.due.connect(self.refresh)
        self._trainings.changed.connect(self.refresh)
        self.folder_button.clicked.connect(self._ask_folder)
        self.folder.editingFinished.connect(self._on_folder)
        self.table.chosen.connect(self._on_chosen)
        for name, act in (
            ("watch", self._watch),
            ("open", self._open),
            ("resume", self._resume),
            ("score", self._score),
        ):
            self.buttons[name].clicked.connect(act)
        self._on_chosen()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Keep the notes that are being written."""
        super().hideEvent(event)
        self._keep_notes()

    def refresh(self) -> None:
        """Read the folder anew, in a thread."""
        if not self._worker.busy:
            folder = Path(self.folder.text()).expanduser()
            self._worker.run(partial(list_entries, folder), partial(self._show, folder), self._fail)

    def _show(self, folder: Path, entries: list[Entry]) -> None:
        self.table.show_entries(entries, folder)
        chosen = self.table.selected()
        if len(chosen) == 1 and (chosen[0].summary.status == "running" or chosen[0] != self._described):
            self._look(chosen[0])
        elif not chosen:
            self.about.setText(CHOOSE if entries else f"There are no runs in {folder} yet.")

    def _fail(self, error: Exception) -> None:
        self.table.show_entries([], Path())
        self.about.setText(words_of(error))

    def _on_chosen(self) -> None:
        self._keep_notes()
        chosen = self.table.selected()
        one = chosen[0] if len(chosen) == 1 else None
        self._noted = one.run if one else None
        self.notes.setPlainText(one.notes if one else "")
        self.notes.setEnabled(one is not None)
        self._show_buttons(one)
        self.new_plates.set_run(self._noted)
        if len(chosen) == 2:
            self.comparison.compare(chosen[0].run, chosen[1].run)
            self.tabs.setCurrentIndex(1)
        else:
            self.comparison.forget()
        if one is not None:
            self.embedding.set_model(one.run.folder)
            self._look(one)

    def _show_buttons(self, one: Entry | None) -> None:
        status = one.summary.status if one else ""
        for name, button in self.buttons.items():
            button.setEnabled(one is not None and not (name == "resume" and status in ("running", "done")))
        if one is None:
            self.about.setText(CHOOSE)
            self.curves.show_curves()

    def _look(self, entry: Entry) -> None:
        def show(glance: Glance) -> None:
            self._described = entry
            if [chosen.run for chosen in self.table.selected()] == [entry.run]:
                self.about.setText(describe_run(entry, glance))
                self.curves.show_curves(glance.curves)

        self._glances.forget()
        self._glances.run(RunWatch(entry.run).look, show, self._fail)

    def _chosen(self) -> Run | None:
        chosen = self.table.selected()
        return chosen[0].run if len(chosen) == 1 else None

    def _watch(self) -> None:
        run = self._chosen()
        if run is not None:
            self._trainings.attach(run)
            self._session.panel_wanted.emit("Train")
            self._session.told.emit(f"{run.folder.name} is on display in the Train panel, under Watch.")

    def _open(self) -> None:
        run = self._chosen()
        if run is not None:
            self._session.told.emit(f"Reading {run.folder.name} …")
            self._opening.forget()  # the last wish counts
            self._opening.run(partial(actions.read_source, run.folder), self._show_opened, self._tell)

    def _show_opened(self, opened: actions.Opened) -> None:
        if not may_go(self._session, self):
            return
        actions.show_opened(self._session, opened)
        self._session.panel_wanted.emit("Explore")

    def _resume(self) -> None:
        run = self._chosen()
        if run is not None:
            self._trainings.submit(go_on_plan(run))

    def _score(self) -> None:
        run = self._chosen()
        if run is None or self._job is not None:
            return
        self._session.told.emit(f"Scoring {run.folder.name} …")
        self._job = Job(["score", str(run.folder)], self)
        self._job.finished.connect(partial(self._on_scored, run))
        self._job.start()

    def _on_scored(self, run: Run, well: bool, message: str) -> None:
        self._job = None
        self._session.told.emit(f"{run.folder.name} is scored." if well else message)
        self.refresh()

    def rename(self, run: Run, name: str) -> None:
        """Give a run another name."""
        self._keep_notes()
        self._try(lambda: rename_run(run, check_name(run.folder.parent, name).name))

    def delete(self, run: Run) -> None:
        """Move a run to the trash, without asking."""
        self._noted = None
        if run.status() == "running":
            self._session.told.emit(f"{run.folder.name} is training; stop it first.")
        elif move_to_trash(run.folder):
            self._session.told.emit(f"{run.folder.name} is in the trash.")
        else:
            self._ask_delete_for_good(run)
        self.refresh()

    def _ask_delete_for_good(self, run: Run) -> None:
        """Ask a second time where there is no trash, as on many clusters."""
        asked = f"There is no trash for {run.folder}. Delete it for good? This cannot be undone."
        if QMessageBox.warning(self, "Delete for good", asked, YES | NO, NO) != YES:
            self._session.told.emit(f"{run.folder.name} stays: there is no trash it could be moved to.")
        elif self._try(lambda: delete_run(run)):
            self._session.told.emit(f"{run.folder.name} is deleted.")

    def export(self, run: Run, folder: Path) -> None:
        """Copy a run's network to a folder of its own."""
        if self._try(lambda: export_model(run, folder)):
            self._session.told.emit(f"The model is in {folder}: weights.safetensors and weights.json.")

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except CDCLError as error:
            self._tell(error)
            return False
        self.refresh()
        return True

    def _tell(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _ask_rename(self) -> None:
        run = self._chosen()
        if run is not None:
            name, well = QInputDialog.getText(self, "Rename", "New name:", text=run.folder.name)
            if well and name.strip() and name != run.folder.name:
                self.rename(run, name.strip())

    def _ask_delete(self) -> None:
        run = self._chosen()
        if run is not None and QMessageBox.question(self, "Trash", f"Move {run.folder} to the trash?") == YES:
            self.delete(run)

    def _ask_export(self) -> None:
        run = self._chosen()
        if run is not None:
            start = str(run.folder.parent / f"{run.folder.name}-model")
            place = ask_new_file(self, "A new folder for the model", start)
            if place:
                self.export(run, place)

    def _ask_folder(self) -> None:
        folder = ask_folder(self, "Folder of runs", self.folder.text())
        if folder:
            self.folder.setText(str(folder))
            self._on_folder()

    def _on_folder(self) -> None:
        remember_runs_folder(self.folder.text())
        self.refresh()

    def _keep_notes(self) -> None:
        run, self._noted = self._noted, None
        if run is not None and run.folder.is_dir():
            self._try_notes(run)
        self._noted = run

    def _try_notes(self, run: Run) -> None:
        try:
            write_notes(run, self.notes.toPlainText())
        except CDCLError as error:
            self._tell(error)


def move_to_trash(folder: Path) -> bool:
    """Move a folder to the system's trash; whether that went well."""
    return bool(QFile(str(folder)).moveToTrash())


def describe_run(entry: Entry, glance: Glance) -> str:
    """Say in a few lines how a run did."""
    summary = entry.summary
    lines = [f"<b>{entry.run.folder.name}</b>: {summary.status}, {counted(summary.step, 'steps')}"]
    if entry.reason and summary.status not in ("done", "running"):
        lines.append(entry.reason)
    if entry.score:
        lines.append(f"headline score: {entry.score}")
    warnings = [note.text for note in glance.notes if note.warning]
    lines += [f"⚠ {text}" for text in warnings[-3:]]
    return "<br>".join(lines)


def _scrolled(widget: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(widget)
    return scroll
