"""Names that a spreadsheet runs as formulas when it opens a table of ours.

They are written as they are: the table is data, and whoever reads it must find the same names again; an apostrophe
before them would be another name. Who opens it in a spreadsheet is told instead. Workbooks hold them as text.
"""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SIGNS = ("=", "+", "-", "@")
"""OWASP, CSV Injection: with these a cell begins that a spreadsheet computes."""

_ROWS = 100_000
"""Rows that are looked at: the wells of 260 plates; names come again on each."""

_SHOWN = 3
"""Names that are told."""


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet computes a cell: numbers with a sign are numbers, and a lone sign is text.

    >>> [is_formula(cell) for cell in ("=1+1", "@SUM(A1)", "+cmd", "-2,5-DNP", "-2.5", "+1e-6", "-", "(+)-x", "-inf")]
    [True, True, True, True, False, False, False, False, False]
    """
    if not cell.startswith(_SIGNS) or len(cell.strip()) < 2:
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def formula_note(path: Path) -> str:
    """Name the cells of a written table that a spreadsheet would compute; "" for none, and for what is no CSV file."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return ""
    found: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            headings = next(rows, [])
            found.update((heading, "a heading") for heading in headings if is_formula(heading))
            for row in itertools.islice(rows, _ROWS):
                found.update(
                    {cell: f"column {name}" for cell, name in zip(row, headings, strict=False) if is_formula(cell)}
                )
    except (OSError, ValueError, csv.Error):
        return ""  # It was written; what cannot be looked at again ends nothing.
    if not found:
        return ""
    shown = ", ".join(f"'{cell[:40]}' ({name})" for cell, name in itertools.islice(found.items(), _SHOWN))
    more = f", ... ({len(found)} in all)" if len(found) > _SHOWN else ""
    return (
        f"{path.name}: a spreadsheet that opens it computes {shown}{more} as formulas; import it there with all "
        "columns as text, or rename them. The file holds the names as they are."
    )
