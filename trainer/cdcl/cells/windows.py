"""The square of the field that a cell's crop covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells.cell_table import Cells
from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config.cells import CellsConfig


def crop_side(config: CellsConfig, pixel_size: float | None) -> int:
    """Give the side of a crop in pixels.

    Raises
    ------
    ConfigError
        If it is set in micrometres and the screen has no pixel size.
    """
    if not config.crop_um:
        return config.crop
    if not pixel_size:
        raise ConfigError(
            f"cells.crop_um = {config.crop_um:g}, but the screen has no pixel_size: give its table that column, in "
            "micrometres, or set cells.crop in pixels."
        )
    return max(1, round(config.crop_um / pixel_size))


def cell_windows(centres: NDArray[np.float64], sizes: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Give the crop of each cell, (N, 4) top, left, height, width, moved inside its field where it would leave it.

    Parameters
    ----------
    centres
        (N, 2) y and x in pixels.
    sizes
        (N, 2) height and width of each cell's field; where a field is smaller than `side`, so is the crop.
    """
    extent = np.minimum(sizes, side)
    return np.concatenate([np.clip(_corners(centres, extent), 0, sizes - extent), extent], axis=1)


def flag_border(cells: Cells, sizes: NDArray[np.int64], side: int) -> Cells:
    """Flag the cells whose crop would leave their field; `sizes` (fields, 2) is of the screen's rows."""
    of_cells = sizes[cells.rows]
    corners = _corners(cells.centres, np.minimum(of_cells, side))
    moved = (corners != cell_windows(cells.centres, of_cells, side)[:, :2]).any(axis=1)
    return Cells(cells.table.assign(border=moved), cells.origin)


def _corners(centres: NDArray[np.float64], extent: NDArray[np.int64]) -> NDArray[np.int64]:
    corners: NDArray[np.int64] = np.floor(centres - (extent - 1) / 2 + 0.5).astype(np.int64)
    return corners
