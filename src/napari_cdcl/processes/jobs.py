"""The window's long work: `python -m cdcl VERB ... --events` in a child that ends with the window."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from cdcl.errors import CDCLError
from cdcl.events import Advanced, Ended, Event, Said, Warned, from_json
from napari_cdcl.models.window_words import in_window
from napari_cdcl.processes.child import Child, explain_end
from napari_cdcl.processes.child_defects import CHILD_DEFECTS, is_defect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

INTERVAL = 100
"""Milliseconds between two rounds of events: more often than ten times a second nobody can see."""
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
    answers
        Exit statuses beside 0 by which the verb answers, such as "a plate is stopped": all went well then, too.
    """

    heard = Signal(object)
    """Event; of several advances in a row only the last is told."""
    finished = Signal(bool, str)
    """Whether all went well, and else why not, in a line for the user."""

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None, answers: Collection[int] = ()) -> None:
        super().__init__(parent)
        self.arguments = tuple(map(str, arguments))
        self._answers = frozenset({0, *answers})
        self._child = Child(self)
        self._waiting: list[Event] = []
        self._cancelled = self._over = False
        self._code = 0
        self._tick = QTimer(self)
        self._tick.setInterval(INTERVAL)
        self._connect()

    def _connect(self) -> None:
        self._child.said.connect(self._hear)
        self._child.ended.connect(self._end)
        self._tick.timeout.connect(self._tell)

    @property
    def running(self) -> bool:
        """Whether the child is at work."""
        return self._child.running

    @property
    def cancelled(self) -> bool:
        """Whether the user has asked it to end."""
        return self._cancelled

    @property
    def pid(self) -> int:
        """The number of the child's process; 0 where there is none."""
        return self._child.pid

    def start(self) -> None:
        """Start the child; a job is started once."""
        self._tick.start()
        self._child.start([*self.arguments, "--events"])

    def cancel(self) -> None:
        """Ask the child to end: as Ctrl-C does, then more firmly, at last by force. Returns at once."""
        if self.running and not self._cancelled:
            self._cancelled = True
            self._child.cancel()

    def leave(self) -> None:
        """Let the child go without waiting for it, and hear no more of it: whoever wanted the job is gone."""
        self._over = True
        self._tick.stop()
        self.blockSignals(True)
        if self.running:
            self._child.leave()

    def _hear(self, line: str) -> None:
        with suppress(CDCLError):  # a library that prints
            self._waiting.append(_in_window(from_json(line)))

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for event in last_advances(waiting):
            self.heard.emit(event)

    def _end(self, code: int) -> None:
        self._code = code
        if code in self._answers and not is_defect(code, self._child.errors):
            self._finish(True, "")
        elif self._cancelled:
            self._finish(False, CANCELLED)
        else:
            self._finish(False, explain_end(code, self._child.errors))

    def _finish(self, well: bool, message: str) -> None:
        self._tick.stop()
        self._tell()
        if not self._over:
            self._over = True
            self.finished.emit(well, message)
            if not self._cancelled:
                CHILD_DEFECTS.look_at(self._code, self._child.errors)


def _in_window(event: Event) -> Event:
    """Say what an event says without the command line."""
    if isinstance(event, Said | Warned | Ended):
        return replace(event, message=in_window(event.message))
    return event


def last_advances(events: Iterable[Event]) -> list[Event]:
    """Keep of advances in a row the last one; all else stays as it is."""
    kept: list[Event] = []
    for event in events:
        if kept and isinstance(event, Advanced) and isinstance(kept[-1], Advanced):
            kept[-1] = event
        else:
            kept.append(event)
    return kept
