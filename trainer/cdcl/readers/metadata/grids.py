"""Plate maps drawn as the plate itself: rows A to P down, columns 1 to 24 across, one grid a variable."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROW = re.compile(r"[A-Za-z]{1,2}")

_PLATE = re.compile(
    r"((?:assay[\s_-]*)?plate(?:[\s_-]*(?:id|name|no|nr|number|barcode))?)\s*(?:([:#=])\s*)?(?!map|layout|setup|format)"
    r"([\s_-]*\w[\w.-]*)",
    re.IGNORECASE,
)
"""A title that says of which plate the grids below are: "Plate 1", "Plate: 0012"."""

Cells = list[list[str]]
"""A sheet as text, row by row."""


@dataclass(frozen=True)
class _Grid:
    """Where a grid lies, what it is called, and the plate it is of; "" where the sheet does not say."""

    top: int
    left: int
    name: str
    plate: str


def read_grids(cells: Cells) -> pd.DataFrame | None:
    """Give the table of `read_noted_grids`, without its notes."""
    return read_noted_grids(cells)[0]


def read_noted_grids(cells: Cells) -> tuple[pd.DataFrame | None, list[str]]:
    """Give one row a well with a column a grid, or None where the sheet holds no grid; and what of it was not read.

    A grid is a row of the numbers 1, 2, 3, ... with rows below that begin with A, B, C, ..., or such a sheet with rows
    and columns exchanged throughout; its variable stands in the
    corner, or alone in the line above, or else is called treatment. Where a title or corner says "Plate 1", the grids
    below are of that plate.
    """
    lying = not any(_corners(cells)) and any(_corners(_turned(cells)))
    cells = _turned(cells) if lying else cells
    used: set[tuple[int, int]] = set()
    plates: dict[str, list[pd.Series]] = {}
    for grid in _grids(cells, used):
        series = plates.setdefault(grid.plate, [])
        name = grid.name or ("treatment" if not series else f"variable_{len(series) + 1}")
        series.append(pd.Series(_wells(cells, grid, used), name=name, dtype=object))
    if not plates:
        return None, []
    tables = []
    for plate, series in plates.items():
        table = pd.concat(series, axis=1).fillna("").astype(str).rename_axis("well").reset_index()
        tables.append(table.assign(plate=plate) if plate else table)
    notes = ["letters run across and numbers down: the grids are turned."] if lying else []
    return pd.concat(tables, ignore_index=True).fillna(""), [*notes, *_unread(cells, used)]


def _turned(cells: Cells) -> Cells:
    """Exchange rows and columns."""
    return [list(row) for row in itertools.zip_longest(*cells, fillvalue="")]


def _grids(cells: Cells, used: set[tuple[int, int]]) -> Iterator[_Grid]:
    """Find all grids with their titles, whose cells go into `used`."""
    corners = list(_corners(cells))
    tops = {top for top, _ in corners}
    plate, done = "", 0
    for top, left in corners:
        for row in range(done, top):
            if row not in tops and (title := _plate(cells[row])):
                plate = title
                used |= {(row, column) for column in range(len(cells[row]))}
        done = max(done, top)
        title = _title(cells, top, left, used)
        own = _plate([title])
        yield _Grid(top, left, "" if own else title, own or plate)


def _plate(row: Sequence[str]) -> str:
    """Give the plate that a line names, in one cell or in two; "" for any other line."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) == 2 and _PLATE.fullmatch(f"{filled[0].rstrip(':')}: {filled[1]}"):
        return filled[1]
    match = _PLATE.fullmatch(filled[0]) if len(filled) == 1 else None
    if match is None:
        return ""
    return match[3].strip() if match[2] else filled[0]


def _unread(cells: Cells, used: set[tuple[int, int]]) -> list[str]:
    """Name the text that is part of no grid."""
    texts = [
        text.strip()
        for row, line in enumerate(cells)
        for column, text in enumerate(line)
        if text.strip() and (row, column) not in used
    ]
    if not texts:
        return []
    shown = ", ".join(f"'{text[:60]}'" for text in texts[:3])
    return [f"not read, outside the grids: {shown}" + (f", ... ({len(texts)} cells)." if len(texts) > 3 else ".")]


def _corners(cells: Cells) -> Iterator[tuple[int, int]]:
    """Find the cells above "A" and left of "1"."""
    for top, row in enumerate(cells[:-1]):
        for left in range(len(row) - 2):
            if _numbers(row[left + 1 : left + 3]) == [1, 2] and _cell(cells, top + 1, left).upper() == "A":
                yield top, left


def _wells(cells: Cells, grid: _Grid, used: set[tuple[int, int]]) -> dict[str, str]:
    """Read the wells of a grid, whose cells go into `used`."""
    top, left = grid.top, grid.left
    columns = _columns(cells, top, left)
    used |= {(top, left + column) for column in columns}
    found = {}
    for row in range(top + 1, len(cells)):
        letters = _cell(cells, row, left)
        if not _ROW.fullmatch(letters):
            break
        used |= {(row, left), *((row, left + column) for column in columns)}
        for column in columns:
            found[normalise_well(f"{letters}{column}")] = _cell(cells, row, left + column)
    return found


def _title(cells: Cells, top: int, left: int, used: set[tuple[int, int]]) -> str:
    """Give what stands in the corner, or alone above the grid's own columns."""
    used |= {(top, left)}
    corner = _cell(cells, top, left)
    if corner or top == 0:
        return corner
    span = range(left, left + 1 + len(_columns(cells, top, left)))
    above = [column for column in span if _cell(cells, top - 1, column)]
    if len(above) != 1 or (top - 1, above[0]) in used:
        return ""
    used |= {(top - 1, above[0])}
    return _cell(cells, top - 1, above[0])


def _columns(cells: Cells, top: int, left: int) -> list[int]:
    """Give the numbers of a grid's columns, as far as they go up by one."""
    columns = []
    for place, text in enumerate(cells[top][left + 1 :], start=1):
        if _numbers([text]) != [place]:
            break
        columns.append(place)
    return columns


def _cell(cells: Cells, row: int, column: int) -> str:
    return cells[row][column].strip() if column < len(cells[row]) else ""


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(float(text)) for text in texts if re.fullmatch(r"\s*\d{1,2}(?:\.0+)?\s*", text)]
