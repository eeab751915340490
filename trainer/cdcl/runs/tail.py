"""The ends of growing files, read without their beginnings."""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING

from cdcl.errors import CDCLError
from cdcl.events import Ended, Event, from_json

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_BYTES = 2**16


def last_ended(events: Path) -> Ended | None:
    """Give the last end of a stage in an events.jsonl; None where there is none."""
    for line in reversed(_last_lines(events)):
        found = parse_event(line)
        if found and isinstance(found[1], Ended):
            return found[1]
    return None


def last_numbers(log: Path) -> dict[str, float]:
    """Give the last whole line of a log.csv by column; empty where there is none."""
    lines = _last_lines(log)
    if not lines:
        return {}
    with log.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    for line in reversed(lines):
        cells = line.split(",")
        try:
            # A line that kill -9 cut short has too few cells, or half a number.
            return {name: float(cell) for name, cell in zip(header, cells, strict=True) if cell}
        except ValueError:
            continue
    return {}


def parse_event(line: str) -> tuple[float, Event] | None:
    """Read a line of an events.jsonl: the time in seconds since 1970 and the event; None where it is damaged."""
    try:
        return float(json.loads(line)["time"]), from_json(line)
    except (CDCLError, ValueError, KeyError, TypeError):
        return None


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            return file.read(2 * _TAIL_BYTES).decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
