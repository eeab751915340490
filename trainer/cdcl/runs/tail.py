"""The ends of growing files, read without their beginnings."""

from __future__ import annotations

import csv
import json
import os
from contextlib import suppress
from math import isfinite, nan
from typing import TYPE_CHECKING

from cdcl.bounded import check_regular
from cdcl.errors import CDCLError
from cdcl.events import Ended, Event, from_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TAIL_BYTES = 2**16
"""Some hundred events: the last word of a run stands within."""

_LINE_BYTES = 2**20
"""No event is longer."""

_MOST_SKIPPED = 2**26
"""After so many bytes without the end of a line the rest is no text: zeros of a disk that was full, for hours."""


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
    header = next(rows_of(log), [])
    for line in reversed(lines):
        cells = line.split(",")
        try:
            # A line that kill -9 cut short has too few cells, or half a number.
            numbers = {name: float(cell) for name, cell in zip(header, cells, strict=True) if cell}
        except ValueError:
            continue
        if isfinite(numbers.get("step", nan)):
            return numbers
    return {}


def parse_event(line: str) -> tuple[float, Event] | None:
    """Read a line of an events.jsonl: the time in seconds since 1970 and the event; None where it is damaged."""
    try:
        return float(json.loads(line)["time"]), from_json(line)
    except (CDCLError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def lines_of(path: Path) -> Iterator[str]:
    """Give the lines of a growing file; what is no text is replaced, and a line of more than a megabyte left out."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            while line := file.readline(_LINE_BYTES):
                whole = line.endswith(b"\n") or len(line) < _LINE_BYTES
                if whole:
                    yield line.decode("utf-8", errors="replace").rstrip("\r\n")
                skipped = 0
                while not whole:
                    line = file.readline(_LINE_BYTES)
                    skipped += len(line)
                    whole = line.endswith(b"\n") or len(line) < _LINE_BYTES
                    if skipped > _MOST_SKIPPED:
                        return
    except (OSError, CDCLError):
        return


def rows_of(path: Path) -> Iterator[list[str]]:
    """Give the cells of each line of a growing table; empty lines, and those that are no CSV, are left out."""
    for line in lines_of(path):
        with suppress(csv.Error):
            yield from filter(None, csv.reader([line]))


def last_byte(path: Path) -> bytes:
    """Give the last byte of a file; b"" where it is empty."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 1))
        return file.read(1)


def _last_lines(path: Path) -> list[str]:
    try:
        check_regular(path)
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            return file.read(2 * _TAIL_BYTES).decode("utf-8", errors="replace").splitlines()
    except (OSError, CDCLError):
        return []
