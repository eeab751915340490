"""The one base of all child processes: how they start, give way, keep their last errors, and end.

`Child` ends with the window; `DetachedChild` outlives it. Verbs with events run in a `Job`, attention is asked of the
`AttentionClient`, trainings wait in a `TrainingQueue`: each of them owns one of these two.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from napari_cdcl.models.window_words import in_window
from napari_cdcl.preferences import child_variables
from napari_cdcl.processes.shutdown import Shutdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATIENCE = 3000
"""Milliseconds that a child is given to end politely, and then again before it is killed."""
MOST_ERRORS = 2**16
"""Bytes of standard error that are kept, the last ones: a traceback fits, a night of warnings does not."""
NICENESS = 5
"""By so much children are nicer than the window: they have all of an idle machine, and the window has the mouse."""
NEVER_STARTED = 127
"""Exit status of a child that could not be started, as a shell gives it."""


class Child(QObject):
    """A `python -m cdcl` that ends with the window. Nothing here waits for it.

    Parameters
    ----------
    parent
        The object that the child ends with.
    """

    said = Signal(str)
    """A line of its standard output."""
    ended = Signal(int)
    """Its exit status: negative if a signal ended it, `NEVER_STARTED` if there was no child."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.errors = b""
        self._process: QProcess | None = QProcess(self)
        self._pressed = 0
        self._impatience = QTimer(self)
        self._impatience.setInterval(PATIENCE)
        self._impatience.timeout.connect(self._press)
        self._connect(self._process)
        _CHILDREN.add(self)

    def _connect(self, process: QProcess) -> None:
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.started.connect(self._give_way)
        process.finished.connect(self._end)
        process.errorOccurred.connect(self._fail)

    @property
    def running(self) -> bool:
        """Whether the child is at work."""
        return self._process is not None and bool(self._process.state() != QProcess.ProcessState.NotRunning)

    @property
    def pid(self) -> int:
        """The number of the child's process; 0 where there is none."""
        return int(self._process.processId() or 0) if self._process is not None else 0

    def start(self, arguments: Sequence[str]) -> None:
        """Start `python -m cdcl` with arguments; a child is started once."""
        assert self._process is not None
        environment = QProcessEnvironment()
        for name, value in child_environment().items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        self._process.start(sys.executable, ["-m", "cdcl", *arguments])

    def write(self, line: str) -> None:
        """Write a line to its standard input."""
        if self._process is not None:
            self._process.write(f"{line}\n".encode())

    def cancel(self) -> None:
        """Ask the child to end: as Ctrl-C does, then more firmly, at last by force. Returns at once."""
        if self.running and not self._pressed:
            self._press()
            self._impatience.start()

    def leave(self, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        """Let the child go without waiting for it, hear no more of it, and take away the folder that it wrote into."""
        process, self._process = self._process, None
        self._impatience.stop()
        self.blockSignals(True)
        if process is not None:
            _unhear(process)
            Shutdown(process, folder).begin()

    def _press(self) -> None:
        self._pressed += 1
        if self._process is None or not self.running:
            self._impatience.stop()
        elif self._pressed == 1 and os.name == "posix" and self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGINT)
        elif self._pressed <= 2 and os.name == "posix":
            self._process.terminate()
        else:  # what Windows calls terminating is a message to a window, which a child has not
            self._process.kill()

    def _give_way(self) -> None:
        give_way(self.pid)

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():  # whoever hears a line may let the child go
            self.said.emit(bytes(self._process.readLine().data()).decode(errors="replace"))

    def _read_errors(self) -> None:
        if self._process is not None:
            self.errors = (self.errors + bytes(self._process.readAllStandardError().data()))[-MOST_ERRORS:]

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._impatience.stop()
            self.ended.emit(NEVER_STARTED)

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        self._impatience.stop()
        self._read()
        self._read_errors()
        self.ended.emit(-code if status == QProcess.ExitStatus.CrashExit else code)


_CHILDREN: WeakSet[Child] = WeakSet()


@atexit.register
def _end_with_python() -> None:
    """Let go of children that nobody let go of, before Python takes their objects apart; `Shutdown` ends them then."""
    if QCoreApplication.instance() is not None:
        for child in list(_CHILDREN):
            if isalive(child):  # type: ignore[no-untyped-call]
                child.leave()


def _unhear(process: QProcess) -> None:
    """Let nobody hear a process any more, signal by signal: Qt warns where all are cut with one call."""
    heard = (process.readyReadStandardOutput, process.readyReadStandardError, process.started)
    for told in (*heard, process.finished, process.errorOccurred):
        with suppress(TypeError, RuntimeError):  # nobody did
            told.disconnect()


class DetachedChild:
    """A child that neither the window's end nor a Ctrl-C in its terminal reaches, and that gives way to the window.

    Its standard output is dropped: it tells what it does by the files that it writes.

    Parameters
    ----------
    command
        The whole command.
    variables
        What the command wants of its environment, where the window's own does not say otherwise.
    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        # Without a name: it is gone when both have closed it, and the child can go on writing without the window.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")  # of Windows
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env={**(variables or {}), **child_environment()},
            start_new_session=os.name == "posix",
            creationflags=sum(getattr(subprocess, flag, 0) for flag in flags),
        )
        give_way(self._process.pid)

    @property
    def pid(self) -> int:
        """The number of the child's process, and on POSIX of its group."""
        return self._process.pid

    @property
    def errors(self) -> bytes:
        """The last of what it wrote to standard error."""
        end = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, end - MOST_ERRORS))
        return self._errors.read()

    def poll(self) -> int | None:
        """Give its exit status, negative if a signal ended it; none while it is at work. A dead child is buried."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the child and to its own children, such as torchrun's workers; Windows only kills."""
        if self.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self.pid, number)
            else:
                self._process.kill()


def child_environment() -> dict[str, str]:
    """Give a child the window's environment, and what the preferences add."""
    return {**os.environ, **child_variables()}


def give_way(pid: int) -> None:
    """Let a process that has just begun, and its threads to come, run only where the window leaves time."""
    if hasattr(os, "setpriority") and pid:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def last_lines(errors: bytes) -> list[str]:
    """Give the lines of standard error that are not empty."""
    return [line for line in errors.decode(errors="replace").splitlines() if line.strip()]


def explain_end(code: int, errors: bytes) -> str:
    """Say in a line why a child has ended.

    Parameters
    ----------
    code
        Its exit status; negative if a signal ended it.
    errors
        What it wrote to standard error; the last line says how to mend what can be mended.
    """
    lines = last_lines(errors)
    said = next((line for line in reversed(lines) if line.startswith("cdcl: ")), "")
    if code == NEVER_STARTED and not lines:
        return f"{sys.executable} could not be started; is the environment complete?"
    if -code == getattr(signal, "SIGBUS", 0) > 0:
        return f"The disk filled up while pixels were written, or a folder on the network went away (signal {-code})."
    if code < 0:
        return f"The process was ended from outside, or the machine ran out of memory (signal {-code})."
    if "this is a defect of cdcl" in said:
        what = said.partition("(")[2].rpartition(");")[0]
        return (
            f"Something went wrong in a process of the plugin ({what}). Please report it, with what Copy details gives."
        )
    if said:
        return in_window(said.removeprefix("cdcl: error: ").removeprefix("cdcl: "))
    return f"The process ended with status {code}{': ' + lines[-1] if lines else ' and said nothing'}."
