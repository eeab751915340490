"""Plate maps drawn as the plate itself: rows A to P down, columns 1 to 24 across, one grid a variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROW = re.compile(r"[A-Za-z]{1,2}")

Cells = list[list[str]]
"""A sheet as text, row by row."""


def read_grids(cells: Cells) -> pd.DataFrame | None:
    """Give one row a well with a column a grid, or None where the sheet holds no grid.

    A grid is a row of the numbers 1, 2, 3, ... with rows below that begin with A, B, C, ...; its variable stands in the
    corner, or alone in the line above, or else is called treatment.
    """
    tables: list[pd.Series] = []
    for top, left in _corners(cells):
        name = _variable(cells, top, left) or ("treatment" if not tables else f"variable_{len(tables) + 1}")
        tables.append(pd.Series(_wells(cells, top, left), name=name, dtype=object))
    if not tables:
        return None
    joined = pd.concat(tables, axis=1).fillna("").astype(str)
    return joined.rename_axis("well").reset_index()


def _corners(cells: Cells) -> Iterator[tuple[int, int]]:
    """Find the cells above "A" and left of "1"."""
    for top, row in enumerate(cells[:-1]):
        for left in range(len(row) - 2):
            if _numbers(row[left + 1 : left + 3]) == [1, 2] and _cell(cells, top + 1, left).upper() == "A":
                yield top, left


def _wells(cells: Cells, top: int, left: int) -> dict[str, str]:
    columns = []
    for place, text in enumerate(cells[top][left + 1 :], start=1):
        if _numbers([text]) != [place]:
            break
        columns.append(place)
    found = {}
    for row in range(top + 1, len(cells)):
        letters = _cell(cells, row, left)
        if not _ROW.fullmatch(letters):
            break
        for column in columns:
            found[normalise_well(f"{letters}{column}")] = _cell(cells, row, left + column)
    return found


def _variable(cells: Cells, top: int, left: int) -> str:
    corner = _cell(cells, top, left)
    if corner or top == 0:
        return corner
    above = [text for text in cells[top - 1] if text]
    return above[0] if len(above) == 1 else ""


def _cell(cells: Cells, row: int, column: int) -> str:
    return cells[row][column].strip() if column < len(cells[row]) else ""


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(float(text)) for text in texts if re.fullmatch(r"\s*\d{1,2}(?:\.0+)?\s*", text)]
