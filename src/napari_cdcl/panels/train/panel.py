"""The train panel: set a training up, and watch it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QScrollArea, QTabWidget, QWidget

from napari_cdcl.panels.train.closing import ask_when_closing
from napari_cdcl.panels.train.setup import SetupPart
from napari_cdcl.panels.train.watch import WatchPart
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.runs.folders import runs_folder
from napari_cdcl.runs.launch import live_runs
from napari_cdcl.runs.training_queue import training_queue_of
from napari_cdcl.ui.message_line import MessageLine
from napari_cdcl.ui.panel import Panel

if TYPE_CHECKING:
    from pathlib import Path

    import napari.viewer
    from qtpy.QtGui import QShowEvent

    from cdcl.runs import Run


class TrainPanel(Panel):
    """Starts trainings in processes of their own and follows one of them; live runs are found again."""

    def __init__(self, viewer: napari.viewer.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._trainings = training_queue_of(viewer)
        self._worker = BackgroundWorker(self)
        self._make_controls()
        self._lay_out()
        self._trainings.changed.connect(self._on_changed)
        self._on_changed()
        self.find_live(runs_folder())

    def _make_controls(self) -> None:
        self.setup = SetupPart(self._session, self._trainings)
        self.watch = WatchPart(self._session, self._trainings)
        self.message = MessageLine(self._session)

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.addTab(self.setup, "Set up")
        # In a scroll area: what its labels say twice a second then moves nothing else in the window.
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.watch)
        self.watched = scroll
        self.tabs.addTab(scroll, "Watch")
        self.fill(self.tabs, foot=(self.message,))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Ask what becomes of a training when the window is closed."""
        super().showEvent(event)
        ask_when_closing(self, self._trainings)

    def find_live(self, folder: Path) -> None:
        """Look for runs that are at work in a folder, and follow the first."""
        self._worker.run(partial(live_runs, folder), self._attach)

    def _attach(self, runs: list[Run]) -> None:
        if runs and self._trainings.current is None:
            self._trainings.attach(runs[0])
            others = f" {len(runs) - 1} more are training: see Runs." if len(runs) > 1 else ""
            self._session.told.emit(f"{runs[0].folder.name} is training; it is watched again.{others}")

    def _on_changed(self) -> None:
        training = self._trainings.current
        if training is not None and training.running:
            self.tabs.setCurrentWidget(self.watched)
