"""The window's long work: `python -m cdcl VERB ... --events` in a child that ends with the window."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from cdcl.errors import CDCLError
from cdcl.events import Advanced, Event, from_json
from napari_cdcl.preferences import child_variables
from napari_cdcl.processes.shutdown import Shutdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INTERVAL = 100
"""Milliseconds between two rounds of events: more often than ten times a second nobody can see."""
PATIENCE = 3000
"""Milliseconds that a child is given to end politely, and then again before it is killed."""
MOST_ERRORS = 2**16
"""Bytes of standard error that are kept, the last ones."""
NICENESS = 5
"""By so much children are nicer than the window: they have all of an idle machine, and the window has the mouse."""
CANCELLED = "stopped"


class Job(QObject):
    """Runs one verb of `cdcl` in a child and tells its events, at most ten rounds a second.

    Nothing here waits for the child. It ends with its parent: for what shall outlive the window see
    `napari_cdcl.runs.training_queue`.

    Parameters
    ----------
    arguments
        A verb with its arguments; `--events` is added.
    parent
        The object that the job ends with.
    """

    heard = Signal(object)
    """Event; of several advances in a row only the last is told."""
    finished = Signal(bool, str)
    """Whether all went well, and else why not, in a line for the user."""

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.arguments = tuple(map(str, arguments))
        self._process = QProcess(self)
        self._process.setProcessEnvironment(child_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.started.connect(self._give_way)
        self._process.finished.connect(self._end)
        self._process.errorOccurred.connect(self._fail)
        self._waiting: list[Event] = []
        self._errors = b""
        self._cancelled = self._over = False
        self._tick = QTimer(self)
        self._tick.setInterval(INTERVAL)
        self._tick.timeout.connect(self._tell)
        self._impatience = QTimer(self)
        self._impatience.setInterval(PATIENCE)
        self._impatience.timeout.connect(self._press)
        self._pressed = 0

    @property
    def running(self) -> bool:
        """Whether the child is at work."""
        return bool(self._process.state() != QProcess.ProcessState.NotRunning)

    @property
    def cancelled(self) -> bool:
        """Whether the user has asked it to end."""
        return self._cancelled

    @property
    def pid(self) -> int:
        """The number of the child's process; 0 where there is none."""
        return int(self._process.processId() or 0)

    def start(self) -> None:
        """Start the child; a job is started once."""
        self._tick.start()
        self._process.start(sys.executable, ["-m", "cdcl", *self.arguments, "--events"])

    def cancel(self) -> None:
        """Ask the child to end: as Ctrl-C does, then more firmly, at last by force. Returns at once."""
        if self.running and not self._cancelled:
            self._cancelled = True
            self._press()
            self._impatience.start()

    def leave(self) -> None:
        """Let the child go without waiting for it, and hear no more of it: whoever wanted the job is gone."""
        self._over = True
        self._tick.stop()
        self._impatience.stop()
        self.blockSignals(True)
        if self.running:
            for signal_ in (self._process.readyReadStandardOutput, self._process.finished, self._process.errorOccurred):
                signal_.disconnect()
            Shutdown(self._process).begin()

    def _give_way(self) -> None:
        give_way(self.pid)

    def _press(self) -> None:
        self._pressed += 1
        if not self.running:
            self._impatience.stop()
        elif self._pressed == 1 and os.name == "posix" and self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGINT)
        elif self._pressed <= 2 and os.name == "posix":
            self._process.terminate()
        else:  # what Windows calls terminating is a message to a window, which a child has not
            self._process.kill()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode(errors="replace")
            with suppress(CDCLError):  # a library that prints
                self._waiting.append(from_json(line))

    def _read_errors(self) -> None:
        self._errors = (self._errors + bytes(self._process.readAllStandardError().data()))[-MOST_ERRORS:]

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event in last_advances(waiting):
            self.heard.emit(event)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._finish(False, f"{sys.executable} could not be started; is the environment complete?")

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        killed = status == QProcess.ExitStatus.CrashExit
        if code == 0 and not killed:
            self._finish(True, "")
        elif self._cancelled:
            self._finish(False, CANCELLED)
        else:
            self._finish(False, explain_end(-code if killed else code, self._errors))

    def _finish(self, well: bool, message: str) -> None:
        self._tick.stop()
        self._impatience.stop()
        self._tell()
        if not self._over:
            self._over = True
            self.finished.emit(well, message)


def child_environment() -> QProcessEnvironment:
    """Give a child the window's environment, and what the preferences add."""
    environment = QProcessEnvironment.systemEnvironment()
    for name, value in child_variables().items():
        environment.insert(name, value)
    return environment


def give_way(pid: int) -> None:
    """Let a process that has just begun, and its threads to come, run only where the window leaves time."""
    if hasattr(os, "setpriority") and pid:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def last_advances(events: Iterable[Event]) -> list[Event]:
    """Keep of advances in a row the last one; all else stays as it is."""
    kept: list[Event] = []
    for event in events:
        if kept and isinstance(event, Advanced) and isinstance(kept[-1], Advanced):
            kept[-1] = event
        else:
            kept.append(event)
    return kept


def explain_end(code: int, errors: bytes) -> str:
    """Say in a line why a child has ended.

    Parameters
    ----------
    code
        Its exit status; negative if a signal ended it.
    errors
        What it wrote to standard error; the last line says how to mend what can be mended.
    """
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if line.startswith("cdcl: ")), "")
    if -code == getattr(signal, "SIGBUS", 0) > 0:
        return f"The disk filled up while pixels were written, or a folder on the network went away (signal {-code})."
    if code < 0:
        return f"The process was ended from outside, or the machine ran out of memory (signal {-code})."
    if said:
        return said.removeprefix("cdcl: error: ").removeprefix("cdcl: ")
    return f"The process ended with status {code}{': ' + lines[-1] if lines else ' and said nothing'}."
