"""A run to look at once: a small simulated screen, a network trained on it for a moment, its profiles, their PCA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from cdcl.events import Advanced, Began
from napari_cdcl.processes.jobs import Job

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event

BATCHES = 3
"""Two to train on and one that is held out."""
SETTINGS = (
    *("steps=24", "save_every=24", "batch_size=24", "views.global_crops.size=64", "model.width=64", "model.depth=2"),
    "probes=0",
    'split.test=["B3"]',
)
"""Enough to see treatments part on a core in half a minute; too little to judge the method by."""
STAGES = {
    "simulate": "simulating a small screen",
    "train": "training a small network",
    "embed": "computing profiles",
    "project": "projecting them to two dimensions",
}


class SampleRun(QObject):
    """Runs the verbs of `cdcl` that make the sample, one after the other; what is there already is not made again.

    Parameters
    ----------
    folder
        Gets "sample screen" and "sample run".
    """

    told = Signal(str)
    """What is being done, and how far."""
    finished = Signal(bool, str)
    """Whether the run is there, and else why not."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.screen, self.run = folder / "sample screen", folder / "sample run"
        self._waiting: list[list[str]] = []
        self._total = 0
        self.job: Job | None = None

    def start(self) -> None:
        """Start the first verb whose result is not there."""
        steps = (
            (self.screen / "screen.csv", ["simulate", "-o", str(self.screen), "--batches", str(BATCHES)]),
            (self.run / "checkpoints", self._training()),
            (self.run / "profiles" / "site.parquet", ["embed", str(self.run)]),
            (self.run / "projections" / "pca.parquet", ["project", str(self.run), "--method", "pca"]),
        )
        self._waiting = [arguments for made, arguments in steps if not made.exists()]
        self._next()

    def cancel(self) -> None:
        """Ask the verb at work to end."""
        if self.job is not None:
            self.job.cancel()

    def _training(self) -> list[str]:
        settings = [part for setting in SETTINGS for part in ("--set", setting)]
        return ["train", "demo-cdcl", "--screen", str(self.screen), "--out", str(self.run), *settings]

    def _next(self) -> None:
        if not self._waiting:
            self.job = None
            self.finished.emit(True, "")
            return
        self.job = Job(self._waiting.pop(0), self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(self._on_finished)
        self.told.emit(f"{STAGES[self.job.arguments[0]]} …".capitalize())
        self.job.start()

    def _hear(self, event: Event) -> None:
        verb = self.job.arguments[0] if self.job is not None else ""
        if isinstance(event, Began) and event.total:
            self._total = event.total
        elif isinstance(event, Advanced) and verb:
            share = f" {event.done:,} of {self._total:,}" if self._total >= event.done else ""
            self.told.emit(f"{STAGES[verb]} …{share}".capitalize())

    def _on_finished(self, well: bool, reason: str) -> None:
        self._total = 0
        if well:
            self._next()
        else:
            self.job = None
            self.finished.emit(False, reason)
