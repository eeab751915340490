"""Trainings that the window starts or finds: children of their own, which outlive it, followed by their run folders."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from qtpy.QtCore import QObject, QTimer, Signal

from cdcl.runs import Run
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.processes.child import DetachedChild, explain_end
from napari_cdcl.processes.child_defects import CHILD_DEFECTS
from napari_cdcl.processes.qt_ownership import delete_with
from napari_cdcl.runs.devices import num_cores
from napari_cdcl.runs.run_watch import Glance, RunWatch

if TYPE_CHECKING:
    from pathlib import Path

INTERVAL = 500
"""Milliseconds between two looks at a run."""
ENDS_WELL = ("done", "stopped")
INTERRUPTED = 130
"""Exit status of a verb that was interrupted."""
IMPATIENCE = 3.0
"""Seconds after which a child that has not begun its steps is asked again to end."""


@dataclass(frozen=True)
class Plan:
    """A training that can be started.

    Attributes
    ----------
    folder
        Of the run.
    arguments
        What follows the verb.
    processes
        More than one are started by torchrun, each with a GPU of its own, or its share of the cores.
    verb
        "train", or "follow" for a run that trains on a cluster.
    """

    folder: Path
    arguments: tuple[str, ...]
    processes: int = 1
    verb: Literal["train", "follow"] = "train"

    def command(self) -> list[str]:
        """Give the command that this Python runs."""
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={self.processes}"]
        return [sys.executable, *(launcher if self.processes > 1 else []), "-m", "cdcl", self.verb, *self.arguments]

    def environment(self) -> dict[str, str]:
        """Give the variables that the command wants: torchrun would give each process one thread only."""
        if self.processes == 1 or "OMP_NUM_THREADS" in os.environ:
            return {}
        return {"OMP_NUM_THREADS": str(max(1, num_cores() // self.processes))}

    def in_words(self) -> str:
        """Give the command as one types it into a terminal."""
        if self.processes == 1:
            return shlex.join(["cdcl", self.verb, *self.arguments])
        launcher = ["torchrun", "--standalone", f"--nproc-per-node={self.processes}", "-m", "cdcl", "train"]
        settings = [f"{name}={value} " for name, value in self.environment().items() if os.name == "posix"]
        return "".join(settings) + shlex.join([*launcher, *self.arguments])


class Training(QObject):
    """A run that trains, started here or elsewhere. What is looked at is read in a thread; nothing waits.

    Parameters
    ----------
    run
        The run to follow.
    plan
        How to start it; none where it is at work already.
    """

    looked = Signal(object)
    """Glance: how the run is doing now."""
    finished = Signal(bool, str)
    """Whether it is done or was stopped in order, and why or why not, in a line."""

    def __init__(self, run: Run, plan: Plan | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run, self.plan = run, plan
        self.glance = Glance("running")
        self._watch = RunWatch(run)
        self._child: DetachedChild | None = None
        self._code: int | None = None
        self._over = self._stopped = False
        self._pressed = float("-inf")
        self._worker = BackgroundWorker(self)
        self._tick = QTimer(self)
        self._tick.setInterval(INTERVAL)
        self._tick.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        """Whether it is still followed as a living run."""
        return not self._over

    @property
    def own(self) -> bool:
        """Whether this window has started it."""
        return self._child is not None

    def start(self) -> None:
        """Start the child, if there is a plan, and follow the run."""
        if self.plan is not None:
            self._child = DetachedChild([*self.plan.command(), "--events"], self.plan.environment())
        self._tick.start()
        self._look()

    def stop(self) -> None:
        """Ask the run to end at its next step, with a checkpoint; before its first step, to end now."""
        self._stopped = True
        self._press()

    def _press(self) -> None:
        """Ask, and ask again: a child that is just starting hears nothing, and takes an old STOP away."""
        heard = self.run.ask_to_stop()
        # Who follows a run on a cluster passes STOP on; a signal would end only the following.
        here = self.plan is not None and self.plan.verb == "train"
        if here and not (heard and self.glance.task == "train") and time.monotonic() - self._pressed > IMPATIENCE:
            self._pressed = time.monotonic()
            if self._child is not None:
                self._child.signal(signal.SIGINT)

    def end_now(self) -> None:
        """End the child at once; what it did since its last checkpoint is lost."""
        if self._child is not None:
            self._child.signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def let_go(self) -> None:
        """Stop following; the child goes on."""
        self._over = True
        self._tick.stop()
        self._worker.stop()

    def _look(self) -> None:
        if self._child is not None and self._code is None:
            self._code = self._child.poll()
        if self._stopped and self._code is None:
            self._press()
        if not self._worker.busy and not self._over:
            ended = self._child is None or self._code is not None
            self._worker.run(self._watch.look, lambda glance: self._tell(glance, ended), self._fail)

    def _fail(self, error: Exception) -> None:
        """The folder is away, such as a share that sleeps: say so, and look again."""
        self.looked.emit(Glance("running", reason=f"{self.run.folder} cannot be read now ({error})"))

    def _tell(self, glance: Glance, ended: bool) -> None:
        if self._over:
            return
        # Until its lock is there, a child that was just started looks as if it had stopped.
        self.glance = glance if ended or glance.live else _as_starting(glance)
        self.looked.emit(self.glance)
        if ended and not (glance.live and self._child is None):
            self._finish(glance)

    def _finish(self, glance: Glance) -> None:
        self.let_go()
        in_order = (None, 0, INTERRUPTED) if not self._stopped else (None, 0, 1, INTERRUPTED, -signal.SIGINT)
        well = glance.status in ENDS_WELL and self._code in in_order
        reason = glance.reason or ("stopped before its first step" if self._stopped else "")
        if self._code not in in_order:
            reason = explain_end(self._code or 0, self._child.errors if self._child else b"")
            if self.run.checkpoint_steps():
                reason += " Its last checkpoint is kept: it can go on from there."
        self.finished.emit(well, reason)
        if self._child is not None and not self._stopped:
            CHILD_DEFECTS.look_at(self._code or 0, self._child.errors)


class TrainingQueue(QObject):
    """The trainings of one window: one at a time, the others wait."""

    changed = Signal()
    """Another training is watched, or waits."""
    told = Signal(str)
    """A line for the user."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Training | None = None
        self.waiting: list[Plan] = []

    @property
    def busy(self) -> bool:
        """Whether a training that this window started is at work."""
        return self.current is not None and self.current.running and self.current.own

    def submit(self, plan: Plan) -> None:
        """Start a training, or let it wait until the one at work has ended."""
        taken = {waiting.folder for waiting in self.waiting}
        if self.current is not None and self.current.running:
            taken.add(self.current.run.folder)
        if plan.folder in taken:
            self.told.emit(f"{plan.folder.name} is training or waiting already; give the new run another name.")
        elif self.current is not None and self.current.running:
            self.waiting.append(plan)
            self.told.emit(f"{plan.folder.name} waits until {self.current.run.folder.name} has ended.")
            self.changed.emit()
        else:
            self._start(Training(Run(plan.folder), plan, self))

    def attach(self, run: Run) -> None:
        """Follow a run that somebody else trains, unless one of this window's own is at work."""
        if self.busy and self.current is not None and self.current.run != run:
            self.told.emit(f"{self.current.run.folder.name} is training in this window and stays on display.")
            return
        if self.current is None or self.current.run != run or not self.current.running:
            self._start(Training(run, None, self))

    def withdraw(self, plan: Plan) -> None:
        """Take a training that waits off the list."""
        if plan in self.waiting:
            self.waiting.remove(plan)
            self.changed.emit()

    def let_go(self) -> None:
        """Stop following everything, as the window does when it closes; what waits is forgotten."""
        self.waiting.clear()
        if self.current is not None:
            self.current.let_go()

    def _start(self, training: Training) -> None:
        if self.current is not None:
            self.current.let_go()
            self.current.deleteLater()
        self.current = training
        training.finished.connect(self._next)
        training.start()
        self.changed.emit()

    def _next(self, well: bool, reason: str) -> None:
        assert self.current is not None
        name = self.current.run.folder.name
        self.told.emit(f"{name}: {reason}" if reason else f"{name} has ended." if well else f"{name} has failed.")
        if self.waiting:
            plan = self.waiting.pop(0)
            self._start(Training(Run(plan.folder), plan, self))
        else:
            self.changed.emit()


_TRAININGS: WeakKeyDictionary[Any, TrainingQueue] = WeakKeyDictionary()


def training_queue_of(viewer: Any) -> TrainingQueue:
    """Give the trainings of a viewer's window, the same to every panel."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _TRAININGS:
        trainings = _TRAININGS[viewer] = TrainingQueue()
        delete_with(viewer, trainings)
    return _TRAININGS[viewer]


def _as_starting(glance: Glance) -> Glance:
    return replace(glance, status="running", reason="", task=glance.task or "starting")
