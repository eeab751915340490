"""What a workbook shows otherwise than its cells hold: merged ranges, hidden rows, columns and sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcl.errors import ScreenError
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from pathlib import Path

WORKBOOKS = (".xlsx", ".xlsm")

MOST_CELLS = 5_000_000
"""Of a sheet, by its corners: 1536 wells of 1000 plates with three columns; a cell at XFD1048576 claims 17 billion."""

Rows = list[list[str]]


@dataclass(frozen=True)
class Looks:
    """Of one sheet.

    Attributes
    ----------
    merged
        First row, last row, first column, last column of each merged range, from 0.
    hidden_rows, hidden_columns
        How many are hidden.
    hidden
        Whether the sheet itself is.
    struck
        Cells with text that is struck through.
    """

    merged: tuple[tuple[int, int, int, int], ...]
    hidden_rows: int
    hidden_columns: int
    hidden: bool
    struck: tuple[str, ...] = ()


def look_at(sheet: Any, path: Path) -> Looks:
    """Read the looks of a sheet that was opened whole.

    Raises
    ------
    ScreenError
        If its cells reach farther than any plate map does.
    """
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise ScreenError(
            f"{path}, {sheet.title}: its cells reach to row {sheet.max_row:,} and column {sheet.max_column:,}; delete "
            "what lies beyond the map, or save it as CSV."
        )
    ranges = tuple((r.min_row - 1, r.max_row - 1, r.min_col - 1, r.max_col - 1) for r in sheet.merged_cells.ranges)
    rows = sum(bool(row.hidden) for row in sheet.row_dimensions.values())
    spans = [(one.min or 0, one.max or 0) for one in sheet.column_dimensions.values() if one.hidden]
    columns = sum(min(last, sheet.max_column) - first + 1 for first, last in spans if first <= sheet.max_column)
    cells = (cell for row in sheet.iter_rows() for cell in row if cell.value is not None and cell.has_style)
    struck = tuple(cell.coordinate for cell in cells if cell.font.strike)
    return Looks(ranges, rows, columns, sheet.sheet_state != "visible", struck)


def fill_merged(rows: Rows, looks: Looks) -> tuple[Rows, int]:
    """Give each cell of a merged range the range's value, and count the ranges.

    A range that stands alone in its rows is a title, and one in the first row that holds something is a heading over
    several columns: both stay as they are.
    """
    first = next((number for number, row in enumerate(rows) if any(row)), 0)
    filled, count = [list(row) for row in rows], 0
    for top, bottom, left, right in looks.merged:
        inside = range(top, min(bottom + 1, len(rows)))
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        others = any(text for row in inside for at, text in enumerate(rows[row]) if not left <= at <= right)
        if not value or top <= first or not others:
            continue
        count += 1
        for row in inside:
            filled[row][left : right + 1] = [value] * (right + 1 - left)
    return filled, count


def looks_in_words(title: str, looks: Looks, num_filled: int) -> list[str]:
    """Say what of a sheet is read that nobody sees, and what was made of its merged cells."""
    said = []
    if num_filled:
        ranges = counted(num_filled, "merged range: each of its cells", "merged ranges: each of their cells")
        said.append(f"{title}: {ranges} has the range's value.")
    hidden = [counted(looks.hidden_rows, "hidden row", "hidden rows")] if looks.hidden_rows else []
    hidden += [counted(looks.hidden_columns, "hidden column", "hidden columns")] if looks.hidden_columns else []
    if hidden:
        verb = "is" if looks.hidden_rows + looks.hidden_columns == 1 else "are"
        said.append(f"{title}: {' and '.join(hidden)} {verb} read, too.")
    if looks.struck:
        cells = counted(len(looks.struck), "cell is struck through and is", "cells are struck through and are")
        said.append(f"{title}: {cells} read all the same, first {looks.struck[0]}; if it is void, empty it.")
    if looks.hidden:
        said.append(f"{title}: the sheet is hidden, and is read all the same.")
    return said
