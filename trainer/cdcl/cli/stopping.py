"""Ctrl-C while a network trains: the first asks the run to stop at the next step, the second interrupts."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cdcl.events import Advanced, Began

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from cdcl.events import Event
    from cdcl.runs import Run

_SAME_PRESS = 2.0
"""Seconds within which a second signal is the echo of the first: torchrun passes on what its workers got already."""

_NOTE = b"\nstopping at the next step, with a checkpoint; press Ctrl-C again to stop at once\n"


class StopRequest:
    """What Ctrl-C or a SIGTERM does to a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stepping = False
        self._asked_at = 0.0
        self._unheard = False

    @property
    def made(self) -> bool:
        """Whether the run was asked to stop."""
        return self._asked_at > 0

    def notice(self, event: Event) -> None:
        """Learn from the task's events when its steps begin, which look for the file STOP; nothing before does.

        Where STOP could not be made (a folder of that name, a full disk), the task is ended here, between two steps.
        """
        if self._unheard and isinstance(event, Advanced):
            raise KeyboardInterrupt
        self._stepping = self._stepping or (isinstance(event, Began) and event.task == "train")

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Create STOP; if there is nothing to save, or on a second signal, interrupt."""
        del number, frame
        now = time.monotonic()
        if self.made and now - self._asked_at < _SAME_PRESS:
            return
        if self.made or not self._stepping:
            raise KeyboardInterrupt
        self._asked_at = now
        self._unheard = not self._run.ask_to_stop()
        if os.environ.get("RANK", "0") == "0":
            with suppress(OSError):
                # What print does is not safe inside a signal handler.
                os.write(sys.stderr.fileno(), _NOTE)


@contextmanager
def stops_on_signals(run: Run) -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request to stop `run`, until the block ends."""
    request = StopRequest(run)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, request.handle) for number in numbers]
    try:
        yield request
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
