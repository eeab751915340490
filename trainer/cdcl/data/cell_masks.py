"""Which pixels of a cell's crop belong to another cell: those that lie nearer to its centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.cells import Cells

SAME = 0.5
"""Centres that are this near, in pixels, are of one cell."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The centres of all cells of a screen, field by field.

    Attributes
    ----------
    centres
        (M, 2) y and x in pixels, sorted by field.
    starts
        (fields + 1,) where each field's cells begin.
    """

    centres: NDArray[np.float64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Cells, num_fields: int) -> Neighbourhood:
        """Take the centres of `cells`, whose rows count in the screen's `num_fields` fields."""
        return cls(cells.centres, np.searchsorted(cells.rows, np.arange(num_fields + 1)))

    def foreign(self, field: int, centre: NDArray[np.float64], box: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark the pixels of a box (top, left, height, width) that are nearer to another cell than to `centre`."""
        top, left, height, width = box.tolist()
        rows, columns = np.arange(top, top + height), np.arange(left, left + width)
        own = _distances(rows, columns, centre)  # (height, width)
        others = self.centres[self.starts[field] : self.starts[field + 1]]
        apart = np.square(others - centre).sum(axis=1)  # (cells of the field,), squared
        # A cell more than twice as far off as the farthest pixel owns none of the box.
        near = others[(apart > SAME**2) & (apart <= 4 * own.max())]
        foreign = np.zeros((height, width), dtype=bool)
        for other in near:
            foreign |= _distances(rows, columns, other) < own
        return foreign


def _distances(rows: NDArray[np.int64], columns: NDArray[np.int64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give squared distances of a grid of pixels to a centre."""
    squares: NDArray[np.float64] = np.square(rows - centre[0])[:, None] + np.square(columns - centre[1])
    return squares
