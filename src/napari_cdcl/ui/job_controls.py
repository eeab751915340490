"""The controls of work that a child process does: one button to start and cancel, progress, and a line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton

from cdcl.events import Advanced, Began, Said, Warned
from napari_cdcl.processes.jobs import CANCELLED, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qtpy.QtWidgets import QWidget

    from cdcl.events import Event


STOP_TIP = "Ask the process at work to end; it does so within a step."
TASKS = {"attend": "looking at the fields", "embed": "embedding", "score": "scoring", "project": "projecting"}
"""What tasks of the child do, where their name does not say it."""


class JobControls(QObject):
    """Runs verbs of `cdcl`, one after the other; whoever has it lays its widgets out.

    Parameters
    ----------
    title, tip
        Of the button, which says "Cancel" while a child is at work.
    done, cancelled
        What the words say after all went well, and after the user took it back.

    Attributes
    ----------
    answers
        Exit statuses beside 0 that are answers of these verbs and no failures.
    """

    wanted = Signal()
    """The button was pressed while nothing was at work; whoever has it then calls `start`."""
    step_ended = Signal()
    """A verb has ended, well or not; what it wrote can be read."""

    def __init__(self, title: str, tip: str, *, done: str, cancelled: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._tip, self._done, self._cancelled = title, tip, done, cancelled
        self._steps: list[Sequence[str]] = []
        self._then: Callable[[], object] | None = None
        self._warnings: list[str] = []
        self._stage, self._said = "", ""
        self.job: Job | None = None
        self.answers: tuple[int, ...] = ()
        self.button = QPushButton(title)
        self.button.setToolTip(tip)
        self.button.clicked.connect(self._press)
        self.progress = QProgressBar()
        self.progress.setToolTip("How much of this stage is done.")
        self.progress.hide()
        self.words = QLabel()
        self.words.setWordWrap(True)

    @property
    def running(self) -> bool:
        """Whether a child is at work."""
        return self.job is not None

    @property
    def said(self) -> str:
        """What the child said last, such as what it has written."""
        return self._said

    def start(self, steps: Sequence[Sequence[str]], then: Callable[[], object] | None = None) -> None:
        """Run verbs with their arguments, then, if all went well, do something; the first that fails ends them."""
        if self.job is None and steps:
            self._steps, self._then, self._warnings = list(steps), then, []
            self._next()

    def cancel(self) -> None:
        """Ask the child to end."""
        if self.job is not None:
            self.words.setText("stopping …")
            self.job.cancel()

    def tell(self, words: str) -> None:
        """Show words, and below them what the last work has warned of."""
        warnings = (f"⚠ {warning}" for warning in dict.fromkeys(self._warnings))
        self.words.setText("\n".join(filter(None, [words, *warnings])))
        self.words.setVisible(bool(self.words.text()))

    def _press(self) -> None:
        if self.job is not None:
            self.cancel()
        else:
            self.wanted.emit()

    def _next(self) -> None:
        self._stage, self._said = "", ""
        self.job = Job(self._steps.pop(0), self, self.answers)
        self.job.heard.connect(self._hear)
        self.job.finished.connect(self._end)
        self.job.start()
        self.button.setText("Cancel")
        self.button.setToolTip(STOP_TIP)
        self.progress.setRange(0, 0)
        self.progress.show()
        self.words.show()
        self.words.setText("starting …")

    def _hear(self, event: Event) -> None:
        if isinstance(event, Began):
            self.progress.setRange(0, event.total or 0)
            self._stage = TASKS.get(event.task, event.task)
            self._show_stage(f"{self._stage} …")
        elif isinstance(event, Advanced):
            self.progress.setValue(event.done)
            self._show_stage(": ".join(filter(None, [self._stage, event.note])))
        elif isinstance(event, Said):
            self._said = event.message
            self.words.setText(event.message)
        elif isinstance(event, Warned):
            self._warnings.append(event.message)

    def _show_stage(self, stage: str) -> None:
        """Show what is at work, and below it what was said last: a fact is no stage, and may be long."""
        self.words.setText("\n".join(filter(None, [stage, self._said])))

    def _end(self, well: bool, message: str) -> None:
        self.job = None
        if well and self._steps:
            self.step_ended.emit()
            self._next()
            return
        self.button.setText(self._title)
        self.button.setToolTip(self._tip)
        self.progress.hide()
        if well:
            self.tell(self._done)
        else:
            self.words.setText(self._cancelled if message == CANCELLED else message)
            self.words.setVisible(bool(self.words.text()))
        self.step_ended.emit()
        if well and self._then is not None:
            self._then()
