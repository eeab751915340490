"""Where in its field each row of a training set is, where rows are single cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.cells.windows import cell_windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cdcl.cells import Cells
    from cdcl.data.cell_masks import Neighbourhood


@dataclass(frozen=True, slots=True)
class CellPositions:
    """Crops of N cells.

    Attributes
    ----------
    boxes
        (N, 4) top, left, height, width of each cell's crop, inside its field.
    centres
        (N, 2) y and x in pixels of the field.
    neighbourhood
        All cells, where the pixels of neighbours are to be blanked.
    """

    boxes: NDArray[np.int64]
    centres: NDArray[np.float64]
    neighbourhood: Neighbourhood | None = None

    @classmethod
    def of(cls, cells: Cells, sizes: NDArray[np.int64], side: int) -> CellPositions:
        """Cut crops of `side` pixels around `cells`; `sizes` (fields, 2) is of the fields that their rows count."""
        return cls(cell_windows(cells.centres, sizes[cells.rows], side), cells.centres)

    def take(self, rows: NDArray[np.int64]) -> CellPositions:
        """Keep only `rows`."""
        return replace(self, boxes=self.boxes[rows], centres=self.centres[rows])

    def masks(
        self, fields: NDArray[np.int64], rows: NDArray[np.int64], boxes: NDArray[np.int64]
    ) -> list[NDArray[np.bool_]] | None:
        """Mark the pixels that belong to another cell.

        Parameters
        ----------
        fields, rows
            (n,) the field and the row of each cell.
        boxes
            (n, 4) what is cut around each.

        Returns
        -------
        list of masks, or None
            Each of its box's shape; None where neighbours are not to be blanked.
        """
        if self.neighbourhood is None:
            return None
        foreign, asked = self.neighbourhood.foreign, zip(fields.tolist(), self.centres[rows], boxes, strict=True)
        return [foreign(field, centre, box) for field, centre, box in asked]
