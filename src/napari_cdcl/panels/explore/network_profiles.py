"""A first map of a screen before any training: its fields as a public network describes them."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.explore.network_dialog import NetworkDialog
from napari_cdcl.preferences import device_arguments
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.folders import runs_folder
from napari_cdcl.runs.launch import IN_MEMORY, free_name, has_files
from napari_cdcl.ui.job_controls import JobControls
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.unsaved import may_go

if TYPE_CHECKING:
    from cdcl.screen import Screen
    from napari_cdcl.models.network_wish import NetworkWish
    from napari_cdcl.models.session import Session


class NetworkProfiles(QWidget):
    """A button where there are fields without profiles; a child embeds and projects, and its run is opened."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self.dialog: NetworkDialog | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self.controls = JobControls(
            "From a public network…",
            "Describe every field by a network that others trained, such as DINOv2: a map without a training.",
            done="",
            cancelled="Cancelled.",
            parent=self,
        )
        self.button, self.words = self.controls.button, self.controls.words
        self.words.hide()
        self._lay_out()
        self.controls.wanted.connect(self.ask)
        self.controls.step_ended.connect(self._sweep)
        for signal in (session.items_changed, session.screen_changed):
            self._links.add(signal, self._follow)
        self._follow()

    def _lay_out(self) -> None:
        self.controls.progress.setMaximumHeight(14)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.button, self.controls.progress, self.words):
            layout.addWidget(widget)

    def ask(self) -> None:
        """Open the form; what it says is begun when it is accepted."""
        screen = self._session.screen
        if screen is None or not may_go(self._session, self):
            return
        if not has_files(screen):
            self._session.told.emit(IN_MEMORY)
            return
        self.dialog = NetworkDialog(screen.channels, self)
        self.dialog.accepted.connect(partial(self._begin, self.dialog, screen))
        self.dialog.open()

    def _begin(self, dialog: NetworkDialog, screen: Screen) -> None:
        self.embed(screen, dialog.wish())

    def embed(self, screen: Screen, wish: NetworkWish) -> None:
        """Start the child; its run lies among the others."""
        from cdcl.screen.tables import write_screen  # brings pandas, and no panel waits for that

        folder = runs_folder().expanduser()
        out = folder / free_name(folder, wish.network or Path(wish.file).stem)
        self._scratch = tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True)
        table = Path(self._scratch.name) / "screen.parquet"
        write_screen(screen, table)
        steps = [[*wish.arguments(table, out), *device_arguments()], ["project", str(out)]]
        self._session.told.emit(f"Profiling the fields by {wish.network or Path(wish.file).name} …")
        self.controls.start(steps, partial(self._read, out))

    def _read(self, run: Path) -> None:
        self.worker.run(partial(actions.read_source, run), self._show, self._complain)

    def _show(self, opened: actions.Opened) -> None:
        if may_go(self._session, self):
            actions.show_opened(self._session, opened)

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))

    def _sweep(self) -> None:
        """Take away the table that the child read, and say why it failed where it did."""
        if self.controls.running:
            return
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        if self.words.text():
            self._session.told.emit(self.words.text())
            self.words.hide()
        self._follow()

    def _follow(self, _changed: Any = None) -> None:
        """Offer it where nothing else can be explored."""
        items = self._session.items
        self.setVisible(self.controls.running or (items is not None and items.values is None))
