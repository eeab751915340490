"""What is shown beside the field on display: a negative control of its plate, or all fields of its well."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.screen.controls import negative_controls
from napari_cdcl.models.crops import shrink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from napari_cdcl.models.plates import PlateLayout

MOST_SIDE = 2048
"""Pixels of a mosaic's side at most: more than a display shows beside a field."""


@dataclass(frozen=True)
class Beside:
    """Fields that are laid out in a grid, row by row.

    Attributes
    ----------
    rows
        Rows of the screen, in reading order.
    shape
        Fields down and across.
    """

    rows: tuple[int, ...]
    shape: tuple[int, int]

    def tile_of(self, row: int) -> tuple[int, int] | None:
        """Give where a field lies in the grid, down and across; None where it is none of these."""
        if row not in self.rows:
            return None
        return divmod(self.rows.index(row), self.shape[1])

    def row_at(self, down: float, across: float) -> int:
        """Give the field at a place, each from 0 to 1 over the whole grid; -1 where there is none."""
        place = (math.floor(down * self.shape[0]), math.floor(across * self.shape[1]))
        number = place[0] * self.shape[1] + place[1]
        inside = all(0 <= at < length for at, length in zip(place, self.shape, strict=True))
        return self.rows[number] if inside and number < len(self.rows) else -1


def control_beside(screen: Screen, layout: PlateLayout, row: int) -> Beside | None:
    """Choose the field to hold a field against: of the nearest well of negative controls on its plate.

    The same site where that well has it, else its first. None where the plate has no negative control, or only the
    field's own well.
    """
    own, plate = int(layout.well_of[row]), layout.plate_at(row)
    candidates = np.flatnonzero(negative_controls(screen.sites))
    wells = np.unique(layout.well_of[candidates])
    wells = wells[(layout.plate_of[wells] == plate) & (wells != own)]
    if not len(wells):
        return None
    begin = layout.wells_on(plate).start
    _, places = layout.grid(plate)
    distances = np.linalg.norm(places[wells - begin] - places[own - begin], axis=1)
    nearest = wells[int(np.argmin(distances))]
    rows = candidates[layout.well_of[candidates] == nearest]
    sites = screen.sites["site"].to_numpy()
    same = rows[sites[rows] == sites[row]]
    return Beside((int((same if len(same) else rows)[0]),), (1, 1))


def well_beside(layout: PlateLayout, row: int) -> Beside:
    """Lay out all fields of a field's well, as square as they go."""
    rows = layout.rows_of(layout.well_of[row : row + 1])
    columns = math.ceil(math.sqrt(len(rows)))
    return Beside(tuple(rows.tolist()), (math.ceil(len(rows) / columns), columns))


def lay_out(beside: Beside, fields: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Join fields (C, Y, X) of one size into one picture (C, y, x); large ones are made smaller by block means."""
    down, across = beside.shape
    small = [shrink(field, MOST_SIDE // max(down, across)) for field in fields] if len(fields) > 1 else list(fields)
    channels, height, width = small[0].shape
    joined = np.zeros((channels, down * height, across * width), dtype=small[0].dtype)
    for number, field in enumerate(small):
        top, left = (number // across) * height, (number % across) * width
        joined[:, top : top + height, left : left + width] = field
    return joined
