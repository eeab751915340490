"""What a running task tells the world: small frozen records, the same for bar, window and JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from cdcl.errors import CDCLError


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class Began(Event):
    """A stage of a task began; `total` is None where its length is not known."""

    task: str
    total: int | None = None
    unit: str = "step"


@dataclass(frozen=True, slots=True)
class Advanced(Event):
    """`done` of the stage's units are finished; `note` is a short text for the end of the bar."""

    done: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """Named numbers at a training step: loss, learning rate, collapse signs."""

    step: int
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said(Event):
    """One line worth telling the user."""

    message: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """One line the user must not miss."""

    message: str


@dataclass(frozen=True, slots=True)
class Wrote(Event):
    """A file or folder is complete on disk."""

    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The answer to a numbered request lies at `path`."""

    request: int
    path: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A numbered request cannot be answered, and why."""

    request: int
    message: str


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The stage is over: `reason` is "done", "stopped" or "failed"."""

    reason: str = "done"
    message: str = ""


EVENTS: dict[str, type[Event]] = {
    kind.__name__.lower(): kind for kind in (Began, Advanced, Measured, Said, Warned, Wrote, Answered, Refused, Ended)
}


def to_json(event: Event) -> str:
    """Write an event as one line of JSON: `{"event": "advanced", "done": 3, "note": ""}`."""
    return json.dumps({"event": type(event).__name__.lower(), **asdict(event)})


def from_json(line: str) -> Event:
    """Read an event back from the line that `to_json` wrote; a `time`, as events.jsonl has, is passed over.

    Raises
    ------
    CDCLError
        If the line is not an event this version knows.
    """
    try:
        record: dict[str, Any] = json.loads(line)
        record.pop("time", None)
        return EVENTS[record.pop("event")](**record)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CDCLError(f"not an event line: {line[:80]!r}") from error
