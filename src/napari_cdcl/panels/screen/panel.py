"""The screen panel: open a screen or a run, see its plates, and go from field to field."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_cdcl import actions
from napari_cdcl.models.counting import counted
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.screen.beside import BesideField
from napari_cdcl.panels.screen.even_light import EvenLight
from napari_cdcl.panels.screen.field_facts import FieldFacts
from napari_cdcl.panels.screen.plate_view import PlateView
from napari_cdcl.panels.screen.sample_run import SampleRun
from napari_cdcl.panels.screen.start_page import StartPage
from napari_cdcl.panels.screen.steps import Steps
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.folders import runs_folder
from napari_cdcl.ui.choosers import Chooser
from napari_cdcl.ui.contrast_keeper import SCOPES
from napari_cdcl.ui.file_dialogs import ask_file, ask_folder
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel
from napari_cdcl.ui.recents import note_recent, recent_sources
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    import napari.viewer

    from napari_cdcl.actions import Opened
    from napari_cdcl.panels.screen.name_reading import NameReading

WELCOME = "No screen is open."
TABLES = "Tables of a screen (*.csv *.csv.gz *.tsv *.parquet);;Any file (*)"


class ScreenPanel(Panel):
    """Shows the session's screen, and asks actions to change what is on display."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.worker = BackgroundWorker(self)
        self.reading: NameReading | None = None
        self._asked = self._unknown = Path()
        self._make_controls(viewer)
        self._lay_out()
        self._connect()
        self.steps.bind(viewer)
        self._on_screen()

    def end(self) -> None:
        """Give the keys of the canvas back, too."""
        if not self.ended:
            self.steps.unbind()
            self.beside.end()
        super().end()

    def _make_controls(self, viewer: napari.viewer.Viewer) -> None:
        self.opener = QPushButton("Open…")
        self.opener.setToolTip("Open a screen (its folder or table) or a run, also one that was trained elsewhere.")
        menu = QMenu(self.opener)
        menu.addAction("Folder of a screen or run…", self._ask_folder)
        menu.addAction("Table of a screen…", self._ask_table)
        menu.addAction("Read by file names…", self._ask_names)
        self.recent = menu.addMenu("Recent")
        assert self.recent is not None
        self.recent.aboutToShow.connect(self._list_recent)
        self.opener.setMenu(menu)
        self.start = StartPage(viewer)
        self.sample_run: SampleRun | None = None
        self.title = QLabel(WELCOME)
        self.title.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(4)
        self.progress.hide()
        self.plate = PlateView(self._session)
        self.steps = Steps(self._session)
        self.scope = Chooser("Where contrast limits come from. The same limits make fields comparable.")
        self.scope.offer(SCOPES, self._session.scope)
        self.scale_bar = QCheckBox("scale bar")
        self.scale_bar.setToolTip("Show a scale bar over the field, in µm where the screen says them, else in pixels.")
        self.scale_bar.toggled.connect(self._show_scale_bar)
        self.even_light = EvenLight(viewer, self._session)
        self.beside = BesideField(viewer, self._session, self)
        self.facts = FieldFacts()
        self.by_names = QPushButton("Read by file names…")
        self.by_names.setToolTip(
            "No layout is known for this folder: say what its file names mean, and see what it gives."
        )
        self.by_names.hide()
        self.message = MessageLine(self._session)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.opener)
        top.addWidget(self.title, 1)
        contrast = QFormLayout()
        contrast.addRow("contrast", self.scope)
        contrast.addRow("beside it", self.beside.kind)
        boxes = QHBoxLayout()
        boxes.addWidget(self.scale_bar)
        boxes.addWidget(self.even_light, 1)
        contrast.addRow("", boxes)
        content, self.parts = QWidget(), QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.start)
        outer.addWidget(self.parts, 1)
        inner = QVBoxLayout(self.parts)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.plate)
        inner.addWidget(self.steps)
        inner.addLayout(contrast)
        inner.addWidget(self.facts, 1)
        self.fill(content, (top, self.progress), (self.by_names, self.message))

    def _connect(self) -> None:
        session = self._session
        self._links.add(session.screen_changed, self._on_screen)
        self._links.add(session.screen_relabelled, self._on_screen)
        self._links.add(session.run_changed, self._on_screen)
        self._links.add(session.row_changed, self._on_row)
        self._links.add(session.scope_changed, self.scope.show_key)
        self.even_light.relit.connect(self.beside.read_again)
        self.scope.chosen.connect(lambda scope: setattr(session, "scope", scope))
        self.start.source_chosen.connect(self.open)
        self.start.folder_wanted.connect(self._ask_folder)
        self.start.run_wanted.connect(self.make_sample_run)
        self.by_names.clicked.connect(lambda: self.read_by_names(self._unknown))
        shortcut = QShortcut(QKeySequence("Ctrl+Shift+O"), self, self._ask_folder)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def open(self, path: Path) -> None:
        """Open a screen or a run in the background; the old one stays where that fails."""
        self.progress.show()
        self.opener.setEnabled(False)
        self.by_names.hide()
        self._asked = path
        self.message.say(f"Reading {path.name} …")
        self.worker.run(partial(actions.read_source, path), self._on_opened, self._on_failed)

    def _on_opened(self, opened: Opened) -> None:
        self._rest()
        if may_go(self._session, self):
            actions.show_opened(self._session, opened)

    def read_by_names(self, folder: Path) -> None:
        """Let the user say what the file names below a folder mean."""
        self.by_names.hide()
        if self.reading is None:
            from napari_cdcl.panels.screen.name_reading import NameReading  # with all readers; few ask for it

            self.reading = NameReading(self._session, self)
        self.reading.begin(folder)

    def make_sample_run(self) -> None:
        """Make the sample run in children, and open it; pressed again, it stops."""
        if self.sample_run is not None:
            self.sample_run.cancel()
            return
        self.sample_run = sample = SampleRun(runs_folder(), self)
        sample.told.connect(self.message.say)
        sample.finished.connect(self._on_sample)
        self.progress.show()
        self.start.run.setText("Stop")
        sample.start()

    def _on_sample(self, well: bool, reason: str) -> None:
        sample, self.sample_run = self.sample_run, None
        self.start.run.setText("Sample run")
        self._rest()
        if well and sample is not None:
            self.open(sample.run)
        else:
            self.message.say(f"No sample run: {reason}")

    def _list_recent(self) -> None:
        assert self.recent is not None
        self.recent.clear()
        for path in recent_sources():
            self.recent.addAction(str(path), partial(self.open, path))
        self.recent.setEnabled(bool(self.recent.actions()))

    def _on_failed(self, error: Exception) -> None:
        from cdcl.readers.unknown import UnknownLayoutError  # loaded by whoever has raised it

        self._rest()
        if isinstance(error, UnknownLayoutError) and self._asked.is_dir():
            self._unknown = self._asked
            self.by_names.show()
        self.message.say(words_of(error))

    def _rest(self) -> None:
        self.progress.hide()
        self.opener.setEnabled(True)

    def _ask_folder(self) -> None:
        folder = ask_folder(self, "Open a screen or a run")
        if folder:
            self.open(folder)

    def _ask_names(self) -> None:
        folder = ask_folder(self, "A folder of images")
        if folder:
            self.read_by_names(folder)

    def _ask_table(self) -> None:
        path = ask_file(self, "Open the table of a screen", TABLES)
        if path:
            self.open(path)

    def _on_screen(self, _changed: Any = None) -> None:
        screen, layout, run = self._session.screen, self._session.plate_layout, self._session.run
        self.start.setVisible(screen is None)
        self.parts.setVisible(screen is not None)
        if screen is None or layout is None:
            self.title.setText(WELCOME)
            self.start.list_recent()
            return
        source = run.folder if run is not None else screen.folder
        if source.is_dir():
            note_recent(source)
        name = f"run {run.folder.name}" if run is not None else screen.folder.resolve().name
        numbers = {"plates": len(layout.plates), "wells": len(layout), "fields": len(screen)}
        counts = ", ".join(counted(num, noun) for noun, num in numbers.items())
        self.title.setText(f"<b>{name}</b>: {counts}")
        self.title.setToolTip(str(run.folder if run is not None else screen.folder))
        self._on_row(self._session.row)

    def _on_row(self, row: int) -> None:
        screen = self._session.screen
        self.facts.show_row(None if screen is None or row < 0 else screen.sites.iloc[row])

    def _show_scale_bar(self, shown: bool) -> None:
        """Show or hide napari's own scale bar; where it lies has changed between its versions."""
        overlays = getattr(getattr(self._viewer, "canvas", None), "overlays", None)
        bar = self._viewer.scale_bar if overlays is None else overlays.scale_bar
        bar.visible = shown
