"""Cells of which only the centre is known, drawn as discs, so that they can be kept as label images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.cells.cell_table import Cells


def draw_cells(cells: Cells, sizes: NDArray[np.int64], diameter: float) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    """Give each field that has cells, its row and a label image: a disc around every centre.

    Where discs meet, a pixel belongs to the nearest centre. Of two cells with one centre pixel the last is drawn.

    Parameters
    ----------
    sizes
        Height and width of every field, (fields, 2).
    diameter
        Of a disc in pixels, for cells without a column `area`.
    """
    numbers = label_numbers(cells)
    areas = cells.table["area"].to_numpy(float) if "area" in cells.table else np.full(len(cells), np.nan)
    radii = np.where(np.isfinite(areas), np.sqrt(np.nan_to_num(areas) / np.pi), diameter / 2)
    fields, starts = np.unique(cells.rows, return_index=True)
    for row, start, end in zip(fields.tolist(), starts, [*starts[1:], len(cells)], strict=True):
        shape = (int(sizes[row, 0]), int(sizes[row, 1]))
        yield row, _discs(cells.centres[start:end], radii[start:end], numbers[start:end], shape)


def label_numbers(cells: Cells) -> NDArray[np.int64]:
    """Give each cell the value it gets in a label image.

    Returns
    -------
    numbers
        (N,), 1 or more: the cell's own number, if all have whole numbers that differ within a field and fit 32 bits;
        else all are counted from 1 within their field.
    """
    own = pd.to_numeric(cells.table["cell"], errors="coerce").to_numpy(float)
    rows = pd.Series(cells.rows)
    places = np.asarray(rows.groupby(rows).cumcount() + 1, dtype=np.int64)
    good = np.isfinite(own) & (own > 0) & (own == np.floor(own)) & (own < 2**32)
    twice = pd.DataFrame({"row": rows, "own": own}).duplicated().to_numpy()
    if not good.all() or twice.any():
        return places
    return np.asarray(own, dtype=np.int64)


def _discs(
    centres: NDArray[np.float64], radii: NDArray[np.float64], numbers: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.uint32]:
    from scipy import ndimage  # takes a moment to import

    owner = np.zeros(shape, dtype=np.int64)
    y, x = np.clip(np.round(centres).astype(np.int64), 0, np.array(shape) - 1).T
    owner[y, x] = np.arange(1, len(centres) + 1)
    distance, nearest = ndimage.distance_transform_edt(owner == 0, return_indices=True)
    owner = owner[tuple(nearest)] - 1
    # A disc holds its centre, however small it is.
    inside = distance <= np.maximum(radii[owner], 0.5)
    return np.where(inside, numbers[owner], 0).astype(np.uint32)
