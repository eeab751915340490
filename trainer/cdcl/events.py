"""What a running task tells: small frozen records, the same for the progress bar, the window and JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from math import isfinite, isnan, nan
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
    """A file or folder is complete on disk; `replaced` tells whether something stood there, which it is in place of."""

    what: str
    path: str
    replaced: bool = False


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


_KINDS: dict[str, type] = {"str": str, "int": int, "bool": bool, "dict[str, float]": dict}

_MOST = 2**53
"""No count is larger, and every float holds it exactly."""

EVENTS: dict[str, type[Event]] = {
    kind.__name__.lower(): kind for kind in (Began, Advanced, Measured, Said, Warned, Wrote, Answered, Refused, Ended)
}


def to_json(event: Event) -> str:
    """Write an event as one line of JSON: `{"event": "advanced", "done": 3, "note": ""}`.

    JSON has no word for numbers that are not finite: `null` stands for NaN, "inf" and "-inf" for the others.
    """
    record = asdict(event)
    if isinstance(event, Measured):
        record["values"] = {name: _finite(value) for name, value in event.values.items()}
    return json.dumps({"event": type(event).__name__.lower(), **record}, allow_nan=False)


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
        event = EVENTS[record.pop("event")](**record)
        if isinstance(event, Measured):
            event = replace(event, values=_numbers(event.values))
        return _sound(event)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CDCLError(f"not an event line: {line[:80]!r}") from error


def _finite(value: float) -> float | str | None:
    return value if isfinite(value) else None if isnan(value) else str(value)


def _sound(event: Event) -> Event:
    """Refuse what has the names of an event but not its kinds of values: the line may be of another program."""
    for part in fields(event):
        value = getattr(event, part.name)
        kinds = _KINDS.get(str(part.type), (int, type(None)))
        wrong = isinstance(value, bool) and kinds is not bool
        if not isinstance(value, kinds) or wrong or (isinstance(value, int) and abs(value) > _MOST):
            raise TypeError(part.name)
    return event


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    return {name: nan if value is None else float(value) for name, value in values.items()}
