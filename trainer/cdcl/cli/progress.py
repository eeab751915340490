"""Draw a task's events: a bar on a terminal, a line now and then elsewhere, JSON lines for programs."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Never, Protocol, TextIO, TypeVar

from tqdm import tqdm

from cdcl.atomic import took_a_place
from cdcl.errors import CDCLError
from cdcl.events import Advanced, Began, Ended, Measured, Said, Warned, Wrote, to_json
from cdcl.screen.formulas import formula_note
from cdcl.tasks import finish

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from cdcl.events import Event
    from cdcl.tasks import Task

Result = TypeVar("Result")

REPLACED = ", in place of the one before"
"""Said of whatever a verb wrote where something stood: by whoever shows it, for all verbs."""

_LINE_SECONDS = 10.0
"""Between two lines of progress in a log file."""


class Reporter(Protocol):
    """Shows events to whoever started the task."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def close(self) -> None:
        """Take down what is on display."""


def run_task(task: Task[Result], args: Namespace, *, outlives_reader: bool = False) -> Result:
    """Run a task to its end and show its events in the way that `args` ask for.

    What cannot be told (a full disk behind standard output, a closed one) ends no task; a reader of JSON lines who has
    gone does, unless `outlives_reader`.
    """
    reporter = make_reporter(args)
    show = _told_if_heard(reporter, outlives_reader=outlives_reader)
    try:
        return finish(task, show)
    except CDCLError as error:
        if args.events:
            with suppress(OSError, ValueError):
                reporter.show(Ended("failed", str(error)))
        raise
    finally:
        task.close()
        with suppress(OSError, ValueError):
            reporter.close()


def _told_if_heard(reporter: Reporter, *, outlives_reader: bool) -> Callable[[Event], None]:
    """Show events until that fails; ValueError: the stream was closed, or its encoding has not all letters.

    Where a table was written that a spreadsheet would compute, that is told, once a task.
    """
    readers, told = [reporter], False

    def show(event: Event) -> None:
        nonlocal told
        if isinstance(event, Wrote):
            # Told of every stream: whoever follows JSON lines, as the window does, sees the event alone.
            event = replace(event, replaced=event.replaced or took_a_place(Path(event.path)))
        note = formula_note(Path(event.path)) if isinstance(event, Wrote) and readers and not told else ""
        told = told or bool(note)
        try:
            for reader in readers:
                reader.show(event)
                if note:
                    reader.show(Warned(note))
        except BrokenPipeError:
            if not outlives_reader:
                raise
            readers.clear()
        except UnicodeError:
            pass
        except (OSError, ValueError):
            readers.clear()

    return show


def make_reporter(args: Namespace) -> Reporter:
    """Choose how to show events; of several processes that torchrun started, only the first speaks."""
    if os.environ.get("RANK", "0") != "0":
        return Silence()
    if args.events:
        return JsonLines(sys.stdout)
    return Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)


class Silence:
    """Shows nothing."""

    def show(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Have nothing to take down."""


class JsonLines:
    """Prints every event as a line of JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, event: Event) -> None:
        """Print the event at once."""
        print(to_json(event), file=self._stream, flush=True)

    def close(self) -> None:
        """Have nothing to take down."""


class Bar:
    """Draws a bar with rate and time left; what is said stands above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Never] | None = None

    def show(self, event: Event) -> None:
        """Move the bar, or print above it."""
        if isinstance(event, Began):
            self.close()
            self._bar = tqdm(desc=event.task, total=event.total, unit=f" {event.unit}", file=self._stream, leave=True)
        elif isinstance(event, Advanced) and self._bar is not None:
            if event.note:
                self._bar.set_postfix_str(event.note, refresh=False)
            self._bar.update(event.done - self._bar.n)
        elif isinstance(event, Measured) and self._bar is not None and "loss" in event.values:
            self._bar.set_postfix_str(f"loss {event.values['loss']:.4g}", refresh=False)
        elif isinstance(event, Ended):
            self.close()
        if line := line_of(event):
            tqdm.write(line, file=self._stream)

    def close(self) -> None:
        """Leave the bar as it stands and go to the next line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Lines:
    """Prints a line of progress every ten seconds, for log files."""

    def __init__(self, stream: TextIO, seconds: float = _LINE_SECONDS) -> None:
        self._stream, self._seconds = stream, seconds
        self._stage = Began("")
        self._began = self._printed = time.monotonic()
        self._first = 0
        self._note = ""

    def show(self, event: Event) -> None:
        """Print what is said at once, and how far the task is now and then."""
        if isinstance(event, Began):
            self._stage, self._note, self._first = event, "", -1
            self._began = self._printed = time.monotonic()
        elif isinstance(event, Measured) and "loss" in event.values:
            self._note = f"loss {event.values['loss']:.4g}"
        elif isinstance(event, Advanced):
            self._advance(event)
        if line := line_of(event):
            self._print(line)

    def close(self) -> None:
        """Have nothing to take down."""

    def _advance(self, event: Advanced) -> None:
        now = time.monotonic()
        # A resumed run begins in the middle, and others go on by many at once: the rate counts from the first report.
        if self._first < 0:
            self._first, self._began = event.done, now
        if now - self._printed < self._seconds:
            return
        self._printed = now
        total, seconds = self._stage.total, now - self._began
        rate = (event.done - self._first) / seconds if seconds else 0.0
        pace = f", {rate:.3g} a second" if rate else ""
        left = f", {_clock((total - event.done) / rate)} left" if total and rate else ""
        note = event.note or self._note
        of = f"/{total}" if total else ""
        tail = f", {note}" if note else ""
        self._print(f"{self._stage.task}: {event.done}{of} {self._stage.unit}{pace}{left}{tail}")

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def line_of(event: Event) -> str:
    """Give the line that an event deserves; "" for those that only move the bar."""
    if isinstance(event, Said):
        return event.message
    if isinstance(event, Warned):
        return f"warning: {event.message}"
    if isinstance(event, Wrote) and event.what not in ("checkpoint", "probe"):
        return f"wrote {event.what}: {event.path}" + REPLACED * event.replaced
    if isinstance(event, Ended) and event.reason != "failed":  # errors are printed by themselves
        return event.message or ("stopped" if event.reason == "stopped" else "")
    return ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
