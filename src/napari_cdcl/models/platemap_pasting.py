"""What is pasted from a spreadsheet, as values of the wells of a plate. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cdcl.errors import ScreenError
from cdcl.readers.metadata.grids import read_grids
from cdcl.screen.columns import known_columns
from cdcl.screen.plates import row_letters
from napari_cdcl.models.plates import grid_positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNNAMED = "treatment"
"""What `read_grids` calls a grid without a name."""


class Pasted(NamedTuple):
    """Values of one column, by row and column of the plate, from 0."""

    column: str
    values: dict[tuple[int, int], str]


def read_clipboard(text: str, column: str, shape: tuple[int, int], corner: tuple[int, int]) -> list[Pasted]:
    """Read a block of cells, with or without the names of rows and columns around it.

    Parameters
    ----------
    text
        As a spreadsheet copies it: tabs between cells, a line a row.
    column
        What is set where the block does not name its variable.
    shape
        Rows and columns of the plate.
    corner
        Where a block without names begins; one as large as the plate begins at A01.

    Raises
    ------
    ScreenError
        If there is nothing, or it reaches beyond the plate.
    """
    cells = [line.split("\t") for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")]
    if not any(cell.strip() for line in cells for cell in line):
        raise ScreenError("the clipboard holds no cells; copy a block in your spreadsheet first.")
    named = read_grids(cells)
    if named is None:
        return [Pasted(column, _block(cells, shape, corner))]
    if "plate" in named and named["plate"].nunique() > 1:
        raise ScreenError("the block holds grids of several plates; copy those of one.")
    named = named.drop(columns="plate", errors="ignore")
    pasted = []
    layout = grid_positions(named["well"].to_numpy(dtype=np.str_))[1]
    _check(tuple(layout.max(axis=0) + 1), shape)
    for name in (str(name) for name in named if name != "well"):
        known = known_columns([name]).get(name, name)
        texts = named[name].astype(str).tolist()
        values = {(row, at): text for (row, at), text in zip(layout.tolist(), texts, strict=True)}
        pasted.append(Pasted(column if name == UNNAMED and len(named.columns) == 2 else known, values))
    return pasted


def corner_of(layout: NDArray[np.int64]) -> tuple[int, int]:
    """Give the place above and left of all of `places` (n, 2); A01 without any."""
    if not len(layout):
        return 0, 0
    top, left = layout.min(axis=0).tolist()
    return top, left


def _block(cells: list[list[str]], shape: tuple[int, int], corner: tuple[int, int]) -> dict[tuple[int, int], str]:
    size = (len(cells), max(map(len, cells)))
    top, left = (0, 0) if size == shape else corner
    _check((top + size[0], left + size[1]), shape)
    return {(top + row, left + at): text.strip() for row, line in enumerate(cells) for at, text in enumerate(line)}


def _check(reach: tuple[int, ...], shape: tuple[int, int]) -> None:
    if reach[0] > shape[0] or reach[1] > shape[1]:
        end, last = (f"{row_letters(rows)}{columns:02d}" for rows, columns in (reach, shape))
        raise ScreenError(f"the block reaches to {end}, the plate ends at {last}; choose the block's upper left well.")
