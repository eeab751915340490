"""Keep what a task tells in its run folder, and hold the folder while the task is at work."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from cdcl.atomic import append_text
from cdcl.errors import CDCLError
from cdcl.events import Advanced, Ended, to_json
from cdcl.runs.journal import Journal
from cdcl.runs.lock import held
from cdcl.runs.sweeping import sweep_run
from cdcl.runs.tail import last_byte, lines_of, parse_event
from cdcl.tasks import tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.locks import Lock
    from cdcl.runs.run import Run
    from cdcl.tasks import Task

Result = TypeVar("Result")

_SECONDS = 1.0
"""Advances are noted this far apart; whoever wants each of them listens to the task."""


def record(task: Task[Result], run: Run) -> Task[Result]:
    """Pass on a task's events and append them to the run's events.jsonl; while it works, the run is "running".

    Parameters
    ----------
    task
        Any task; it does not know that it is recorded.
    run
        Whose events.jsonl and lock are used.

    Returns
    -------
    Result
        What the task returns. Advances are noted at most once a second; each of them is passed on.

    Raises
    ------
    RunError
        If another process is at work in the run.
    """
    with held(run.running) as lock:
        sweep_run(run)
        notes = _Notes(run.events, lock)
        try:
            return (yield from tap(task, notes.add))
        except BaseException as reason:
            notes.add(_end(reason))
            raise


def read_events(run: Run) -> Iterator[tuple[float, Event]]:
    """Give the events noted in a run, oldest first; damaged lines are left out.

    Yields
    ------
    time, event
        Time in seconds since 1970.
    """
    yield from filter(None, map(parse_event, lines_of(run.events)))


def _end(reason: BaseException) -> Ended:
    if isinstance(reason, GeneratorExit | KeyboardInterrupt):
        return Ended("stopped", "interrupted")
    return Ended("failed", str(reason) if isinstance(reason, CDCLError) else f"{type(reason).__name__}: {reason}")


class _Notes:
    """Appends events to a file, and touches the lock so that other machines see it is held.

    What is only told must not end what is done: where the file cannot be written, the task goes on, and lines wait.
    """

    def __init__(self, path: Path, lock: Lock) -> None:
        self._path, self._lock, self._journal = path, lock, Journal(path)
        self._last = 0.0
        self._waiting: tuple[float, Event] | None = None
        self._end_cut_line()

    def add(self, event: Event) -> None:
        now = time.time()
        if isinstance(event, Advanced) and now - self._last < _SECONDS:
            self._waiting = (now, event)
            return
        # An advance that is still waiting stands before what came after it, unless a newer advance replaces it.
        waiting = [] if self._waiting is None or isinstance(event, Advanced) else [self._waiting]
        self._waiting = None
        self._write([*waiting, (now, event)])
        if isinstance(event, Advanced):
            self._last = now
            self._lock.touch()

    def _write(self, noted: list[tuple[float, Event]]) -> None:
        lines = [json.dumps({"time": round(moment, 3)})[:-1] + ", " + to_json(event)[1:] for moment, event in noted]
        self._journal.add(*lines)

    def _end_cut_line(self) -> None:
        """Give a line that kill -9 cut short its end, so that the next one starts anew."""
        with suppress(OSError):
            if self._path.is_file() and last_byte(self._path) not in (b"", b"\n"):
                append_text(self._path, "\n")
