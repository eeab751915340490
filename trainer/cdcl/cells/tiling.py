"""A regular grid of tiles over a field, where there are no cells to cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.cells.cell_table import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tile_boxes(height: int, width: int, side: int) -> NDArray[np.int64]:
    """Cover a field with as few equal squares as it takes, evenly spread; (n, 4) top, left, height, width."""
    side = min(side, height, width)
    tops, lefts = _starts(height, side), _starts(width, side)
    corners = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.concatenate([corners, np.full_like(corners, side)], axis=1)


def lay_tiles(sizes: NDArray[np.int64], side: int) -> Cells:
    """Take every tile of every field for a cell; `sizes` (fields, 2), 0 where a field cannot be read."""
    grids = {size: tile_boxes(*size, side) for size in {(int(h), int(w)) for h, w in sizes} if min(size) > 0}
    rows = [row for row, (h, w) in enumerate(sizes.tolist()) if h and w]
    boxes = [grids[int(sizes[row, 0]), int(sizes[row, 1])] for row in rows]
    owners = np.repeat(np.array(rows, dtype=np.int64), [len(grid) for grid in boxes])
    flat = np.concatenate([*boxes, np.zeros((0, 4), dtype=np.int64)])
    centres = flat[:, :2] + (flat[:, 2:] - 1) / 2
    return Cells.of(pd.DataFrame({"row": owners, "y": centres[:, 0], "x": centres[:, 1]}), "tiles")


def whole_images(sizes: NDArray[np.int64]) -> Cells:
    """Take every readable image for one cell, its middle for the centre."""
    rows = np.flatnonzero((sizes > 0).all(axis=1))
    middle = (sizes[rows] - 1) / 2
    return Cells.of(pd.DataFrame({"row": rows, "y": middle[:, 0], "x": middle[:, 1]}), "images")


def _starts(length: int, side: int) -> NDArray[np.int64]:
    count = -(-length // side)
    return np.linspace(0, length - side, count).round().astype(np.int64)
