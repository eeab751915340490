"""The Compare button: `cdcl compare` in a child, its progress in the message line, its page in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QPushButton, QWidget

from cdcl.events import Advanced, Began
from napari_cdcl.actions.scores import comparing_step, comparison_page
from napari_cdcl.processes.jobs import CANCELLED, Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.events import Event

TIP = (
    "Compare this run with intensities, the other runs and profiles shown, each after every correction, on the same "
    "wells; a page opens that ends in a sentence: use this, how sure, what it cannot tell."
)


class CompareButton(QPushButton):
    """Starts a comparison of the sources that are shown, and cancels it while it runs."""

    told = Signal(str)
    """What to say to the user."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Compare", parent)
        self._sources: list[Path] = []
        self._run: Path | None = None
        self._task = ""
        self._total = 0
        self.job: Job | None = None
        self.setToolTip(TIP)
        self.clicked.connect(self._press)
        self.offer([])

    def offer(self, sources: Sequence[Path]) -> None:
        """Take what would be compared: the first run's screen is that of all."""
        self._sources = list(sources)
        self.setEnabled(self.job is not None or any(source.is_dir() for source in sources))

    def _press(self) -> None:
        if self.job is not None:
            self.job.cancel()
            return
        self._run = next((source for source in self._sources if source.is_dir()), None)
        if self._run is None:
            return
        self.job = Job(comparing_step(self._run, self._sources), self)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(self._end)
        self.job.start()
        self.setText("Cancel")
        self.told.emit(f"Comparing what there is for {self._run.name} …")

    def _hear(self, event: Event) -> None:
        if isinstance(event, Began):
            self._task, self._total = event.task, event.total or 0
        elif isinstance(event, Advanced) and self._total:
            self.told.emit(": ".join(filter(None, [f"{self._task} {event.done} of {self._total}", event.note])))

    def _end(self, well: bool, message: str) -> None:
        assert self._run is not None
        self.job = None
        self.setText("Compare")
        self.offer(self._sources)
        if not well:
            self.told.emit("Cancelled: nothing is compared." if message == CANCELLED else message)
            return
        page = comparison_page(self._run)
        self.told.emit(f"The comparison is {page}.")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
