"""Follow a run by the files in its folder, whoever trains it: this window, a terminal, a cluster. No Qt."""

from __future__ import annotations

import csv
import os
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cdcl.events import Advanced, Began, Ended, Measured, Said, Warned
from cdcl.runs.tail import parse_event
from napari_cdcl.models.window_words import in_window
from napari_cdcl.runs.growing_curve import Curve, GrowingCurve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.runs import Run, Status

MOST_NOTES = 200
"""More than anybody reads; a run may warn at every step."""
MOST_BYTES = 2**24
"""Bytes of a file that one look reads; the next look reads on."""
RATE_SECONDS = 60.0
"""The rate is that of the last minute."""
PAUSE = 10.0
"""So many times as long as usual, and longer than that minute: then the machine slept, and it counts as no work."""
KILLED = "its process ended without a word: it was killed, ran out of memory, or the machine went down"


@dataclass(frozen=True)
class Note:
    """A line that the run has said, with its time in seconds since 1970."""

    time: float
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Glance:
    """How a run is doing.

    Attributes
    ----------
    status, reason
        running, done, stopped, failed or crashed; why, where there is a why.
    task, unit, done, total
        The stage that it is in, and how far; total is 0 where nobody knows.
    rate, left
        Units a second over the last minute, and seconds to the end of the stage; NaN where unknown.
    curves
        What was measured, by name: loss, lr, teacher_entropy, validation_accuracy, ...
    notes
        What it has said, the newest last.
    silence
        Seconds since it was heard last.
    checkpoints, snapshots
        Steps that a checkpoint is kept of, and steps that the sample was embedded after.
    fitting_batch
        The batch that would have fitted, where the last attempt ended for want of memory; else 0.
    fitting_micro_batch
        The same, of the images whose activations are in memory at a time: the batch itself can then stay.
    """

    status: Status
    reason: str = ""
    task: str = ""
    unit: str = ""
    done: int = 0
    total: int = 0
    rate: float = float("nan")
    left: float = float("nan")
    curves: Mapping[str, Curve] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    silence: float = 0.0
    checkpoints: tuple[int, ...] = ()
    snapshots: tuple[int, ...] = ()
    fitting_batch: int = 0
    fitting_micro_batch: int = 0

    @property
    def live(self) -> bool:
        """Whether a process is at work in it."""
        return self.status == "running"

    def last(self, name: str) -> float:
        """Give the newest value of a curve; NaN where there is none."""
        curve = self.curves.get(name)
        return float(curve.values[-1]) if curve is not None and len(curve.values) else float("nan")


class RunWatch:
    """Reads what is new in a run's log.csv and events.jsonl; everything is there again for a new watch."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._events, self._log = _Tail(run.events), _Tail(run.log)
        self._columns: list[str] = []
        self._numbers: dict[str, GrowingCurve] = {}
        self._checks: dict[str, dict[int, float]] = {}
        self._notes: deque[Note] = deque(maxlen=MOST_NOTES)
        self._advances: deque[tuple[float, int]] = deque()
        self._stage = Began("", None, "")
        self._ended: Ended | None = None
        self._heard = 0.0
        self._fitting = {"fitting_batch": 0, "fitting_micro_batch": 0}

    def look(self) -> Glance:
        """Read on and sum up. It may run in any thread, one at a time."""
        status = self.run.status()
        for line in self._events.lines():
            found = parse_event(line)
            if found is not None:
                self._hear(*found)
        if self._log.restarted():
            self._columns, self._numbers = [], {}
        for line in self._log.lines():
            self._read_numbers(line)
        return self._sum_up(status)

    def _hear(self, moment: float, event: Event) -> None:
        self._heard = moment
        if isinstance(event, Began):
            self._stage, self._ended, self._fitting = event, None, dict.fromkeys(self._fitting, 0)
            self._advances.clear()
        elif isinstance(event, Advanced):
            self._advance(moment, event.done)
        elif isinstance(event, Measured):
            self._check(event)
        elif isinstance(event, Said | Warned):
            self._notes.append(Note(moment, in_window(event.message), isinstance(event, Warned)))
        elif isinstance(event, Ended):
            self._ended = event

    def _advance(self, moment: float, done: int) -> None:
        """Keep the advances of the last minute; after a sleep, or when the clock is set, begin anew."""
        if self._advances:
            last, before = self._advances[-1]
            usual, took = self._rate(), moment - last
            slept = took > RATE_SECONDS and usual * took > PAUSE * max(1, done - before)
            if took < 0 or slept:
                self._advances.clear()
        self._advances.append((moment, done))
        while moment - self._advances[0][0] > RATE_SECONDS and len(self._advances) > 2:
            self._advances.popleft()

    def _check(self, event: Measured) -> None:
        """Keep what is measured now and then; the numbers of steps are in the log."""
        for name, value in event.values.items():
            if name.startswith(("validation", "probe")):
                self._checks.setdefault(name, {})[event.step] = value
        self._fitting |= {name: int(event.values[name]) for name in self._fitting if name in event.values}

    def _read_numbers(self, line: str) -> None:
        cells = next(csv.reader([line]), [])
        if not self._columns:
            self._columns = cells
            return
        try:
            numbers = {name: float(cell) for name, cell in zip(self._columns, cells, strict=True) if cell}
            step = int(numbers.pop("step"))
        except (ValueError, KeyError):
            return  # cut short by kill -9
        for name, value in numbers.items():
            if name not in self._numbers:
                self._numbers[name] = GrowingCurve()
            self._numbers[name].append(step, value)

    def _sum_up(self, status: Status) -> Glance:
        done, stage = self._advances[-1][1] if self._advances else 0, self._stage
        total = stage.total or 0
        rate = self._rate()
        curves = {name: numbers.curve() for name, numbers in self._numbers.items()}
        for name, found in self._checks.items():
            steps = sorted(found)
            curves[name] = Curve(np.array(steps), np.array([found[step] for step in steps]))
        reason = KILLED if status == "crashed" else in_window(self._ended.message) if self._ended else ""
        return Glance(
            status, "" if status == "running" else reason, stage.task, stage.unit, done, total, rate,
            (total - done) / rate if rate > 0 and total else float("nan"),
            curves, tuple(self._notes), max(0.0, time.time() - self._heard) if self._heard else 0.0,
            tuple(self.run.checkpoint_steps()), tuple(self.run.snapshot_steps()), **self._fitting,
        )  # fmt: skip

    def _rate(self) -> float:
        if len(self._advances) < 2:
            return float("nan")
        (first, low), (last, high) = self._advances[0], self._advances[-1]
        return (high - low) / (last - first) if last > first else float("nan")


class _Tail:
    """Gives the whole lines that were added to a file since the last look; a new file is read from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._file = 0

    def restarted(self) -> bool:
        """Tell whether the file is another one now, or was cut; it is then read from its start."""
        try:
            stat = self._path.stat()
        except OSError:
            return False
        another = (self._file != 0 and stat.st_ino != self._file) or stat.st_size < self._place
        self._file = stat.st_ino
        if another:
            self._place = 0
        return another

    def lines(self) -> list[str]:
        self.restarted()
        try:
            with self._path.open("rb") as file:
                file.seek(self._place)
                text = file.read(MOST_BYTES)
        except OSError:
            return []
        end = text.rfind(b"\n") + 1
        self._place += end
        self._file = os.stat(self._path).st_ino if self._path.exists() else 0  # noqa: PTH116
        return text[:end].decode("utf-8", errors="replace").splitlines()
