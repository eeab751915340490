"""Where on its plates a screen's fields lie: plates, their wells, and the fields of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.natural import natural
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter import Colouring
    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items

_WELL = re.compile(r"([A-Z]{1,2})(\d{2,})")
FORMATS = ((2, 3), (4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates that are made: 6, 24, 48, 96, 384 and 1536 wells."""


@dataclass(frozen=True, eq=False)
class PlateLayout:
    """The wells of a screen, numbered 0..W-1 plate by plate.

    Attributes
    ----------
    plates
        Names of plates, "batch/plate", in natural order.
    names
        Names of wells, (W,): "A01".
    plate_of
        The plate of each well, (W,).
    well_of
        The well of each field, (N,).
    first_rows
        The first field of each well, (W,).
    """

    plates: tuple[str, ...]
    names: NDArray[np.str_]
    plate_of: NDArray[np.int64]
    well_of: NDArray[np.int64]
    first_rows: NDArray[np.int64]

    @classmethod
    def of(cls, screen: Screen) -> PlateLayout:
        """Find the wells of a screen."""
        plates, plate = np.unique(plate_keys(screen.sites).to_numpy(dtype=str), return_inverse=True)
        wells, well = np.unique(screen.sites["well"].to_numpy(dtype=str), return_inverse=True)
        order = sorted(range(len(plates)), key=lambda number: natural(str(plates[number])))
        rank = np.empty(len(plates), dtype=np.int64)
        rank[order] = np.arange(len(plates))
        by_row = np.array(sorted(range(len(wells)), key=lambda number: _well_order(str(wells[number]))))
        well_rank = np.empty(len(wells), dtype=np.int64)
        well_rank[by_row] = np.arange(len(wells))
        both = rank[plate] * len(wells) + well_rank[well]
        found, first, well_of = np.unique(both, return_index=True, return_inverse=True)
        names = wells[by_row][found % len(wells)]
        return cls(tuple(plates[order].tolist()), names, found // len(wells), well_of, first)

    def __len__(self) -> int:
        """Count the wells."""
        return len(self.names)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the smallest plate that holds the wells of every plate: all have the same format."""
        return grid_positions(np.unique(self.names))[0]

    def grid(self, plate: int) -> tuple[tuple[int, int], NDArray[np.int64]]:
        """Give the format of a plate and the position of each of its wells, as `grid_positions` does."""
        shape, grid = grid_positions(self.names[self.wells_on(plate)])
        rows, columns = np.maximum(shape, self.shape).tolist()
        return (rows, columns), grid

    def wells_on(self, plate: int) -> slice:
        """Give the numbers of a plate's wells."""
        begin, end = np.searchsorted(self.plate_of, (plate, plate + 1)).tolist()
        return slice(begin, end)

    def plate_at(self, row: int) -> int:
        """Give the plate of a field."""
        return int(self.plate_of[self.well_of[row]])

    def rows_of(self, wells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the fields of some wells, in order."""
        wanted = np.zeros(len(self), dtype=np.bool_)
        wanted[wells] = True
        return np.flatnonzero(wanted[self.well_of])


@dataclass(frozen=True, eq=False)
class ItemWells:
    """Which items lie in which well.

    Attributes
    ----------
    well_of
        The well of each item, (N,); -1 where it has none, as a treatment.
    order, starts
        Items sorted by well, and where each well's begin (W + 1,).
    """

    well_of: NDArray[np.int64]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, items: Items, layout: PlateLayout) -> ItemWells:
        """Find the well of each item through the field that shows it."""
        if items.level == "treatment":
            well_of = np.full(len(items), -1, dtype=np.int64)
        else:
            well_of = np.where(items.rows >= 0, layout.well_of[items.rows], -1)
        order = np.argsort(well_of, kind="stable")
        return cls(well_of, order, np.searchsorted(well_of[order], np.arange(len(layout) + 1)))

    def within(self, wells: slice) -> NDArray[np.int64]:
        """Give the items of wells that follow each other."""
        return self.order[self.starts[wells.start] : self.starts[wells.stop]]

    def touched(self, mask: NDArray[np.bool_], num_wells: int) -> NDArray[np.bool_]:
        """Mark the wells that hold one of the marked items, (W,)."""
        marked = np.zeros(num_wells + 1, dtype=np.bool_)
        marked[self.well_of[mask]] = True  # -1 marks the last, which is none
        return marked[:-1]


def colour_wells(colouring: Colouring, wells: ItemWells, shown: slice) -> NDArray[np.uint32]:
    """Give each shown well the colour of its items, ARGB: the commonest class, or the mean number; 0 has no items."""
    items = wells.within(shown)
    num = shown.stop - shown.start
    where, codes = wells.well_of[items] - shown.start, colouring.codes[items].astype(np.int64)
    if colouring.limits is not None:
        known = codes > 0
        counts = np.bincount(where[known], minlength=num)
        sums = np.bincount(where[known], weights=codes[known], minlength=num)
        chosen = np.rint(sums / np.maximum(counts, 1)).astype(np.int64)
    else:
        votes = np.zeros((num, len(colouring.colours)), dtype=np.int64)
        np.add.at(votes, (where, codes), 1)
        chosen = votes.argmax(axis=1)
    colours = colouring.colours[chosen]
    colours[np.bincount(where, minlength=num) == 0] = 0
    return colours


def grid_positions(names: NDArray[np.str_]) -> tuple[tuple[int, int], NDArray[np.int64]]:
    """Give the smallest plate that holds these wells, and the row and column of each from 0, (W, 2).

    Wells that are not called like wells fill a plate in their order.
    """
    matches = [_WELL.fullmatch(name) for name in names]
    if all(matches):
        found = [(_row_number(match[1]), int(match[2]) - 1) for match in matches if match]
    else:
        columns = next((c for r, c in FORMATS if r * c >= len(names)), FORMATS[-1][1])
        found = [divmod(number, columns) for number in range(len(names))]
    positions = np.array(found, dtype=np.int64).reshape(-1, 2)
    rows, columns = (positions.max(axis=0, initial=0) + 1).tolist()
    return next(((r, c) for r, c in FORMATS if r >= rows and c >= columns), (rows, columns)), positions


def _row_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _well_order(name: str) -> tuple[int, int, str]:
    match = _WELL.fullmatch(name)
    return (_row_number(match[1]), int(match[2]), "") if match else (10**6, 0, name)
