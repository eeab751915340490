"""Tell y from x: by the bounds of the fields, and by what lies under the coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells.cell_table import Cells
from cdcl.errors import ScreenError
from cdcl.events import Warned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.tasks import Task

OUTSIDE_SHARE = 0.01
"""Up to this share of the cells may lie outside their field before the axes are doubted."""

SAMPLED_FIELDS, SAMPLED_CELLS = 40, 200
"""Fields, and cells of each, that tell which axes a table means: their mean gain is compared with its own error."""
CLEARLY_BRIGHTER = 0.5
"""In standard deviations of a field's pixels: cells are brighter than their surroundings by more than that."""


def check_axes(cells: Cells, cache: PixelCache) -> Task[Cells]:
    """Give the cells that lie inside readable fields, with y and x exchanged where they are plainly the wrong way.

    They are where many cells lie outside their field and fewer would if exchanged; and where, in fields that are
    square enough for either, the pixels under (x, y) are clearly brighter than those under (y, x).

    Raises
    ------
    ScreenError
        If most cells lie outside either way: other images, or another binning.
    """
    cells = cells.take(cache.readable[cells.rows])
    if not len(cells):
        raise ScreenError(f"none of the cells of {cells.origin} lies in a field that can be read.")
    sizes = cache.sizes[cells.rows]
    outside, otherwise = (_outside(centres, sizes) for centres in (cells.centres, cells.centres[:, ::-1]))
    swapped = outside.mean() > OUTSIDE_SHARE and otherwise.mean() < 0.5 * outside.mean()
    if not swapped and otherwise.mean() <= OUTSIDE_SHARE:
        swapped = _brighter_if_exchanged(cells, cache)
    if swapped:
        yield Warned(f"y and x of {cells.origin} are exchanged (the cells lie under (x, y)); they are read that way")
        cells, outside = _exchanged(cells), otherwise
    if outside.mean() > 0.5:
        raise ScreenError(
            f"{outside.mean():.0%} of the cells of {cells.origin} lie outside their field, such as y, x = "
            f"{_first(cells, outside)}; are they in pixels of these very images?"
        )
    if outside.any():
        lie = "cell lies outside its field and is" if outside.sum() == 1 else "cells lie outside their field and are"
        yield Warned(f"{cells.origin}: {int(outside.sum()):,} {lie} left out")
    return cells.take(~outside)


def _outside(centres: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(((centres < -0.5) | (centres > sizes - 0.5)).any(axis=1))


def _exchanged(cells: Cells) -> Cells:
    return Cells(cells.table.assign(y=cells.table["x"], x=cells.table["y"]), cells.origin)


def _first(cells: Cells, chosen: NDArray[np.bool_]) -> str:
    y, x = cells.centres[int(chosen.argmax())]
    return f"{y:.0f}, {x:.0f}"


def _brighter_if_exchanged(cells: Cells, cache: PixelCache) -> bool:
    """Compare, channel by channel, the brightness under both readings; the channel that tells most decides."""
    fields, starts = np.unique(cells.rows, return_index=True)
    chosen = np.unique(np.linspace(0, len(fields) - 1, min(len(fields), SAMPLED_FIELDS)).astype(np.int64))
    ends = np.append(starts[1:], len(cells))
    found = [
        _gains(cache.field(int(fields[place])), cells.centres[starts[place] : ends[place]][:SAMPLED_CELLS])
        for place in chosen.tolist()
    ]
    gains = np.concatenate(found)
    mean, error = gains.mean(axis=0), gains.std(axis=0) / np.sqrt(len(gains)) + 1e-9
    return bool(((mean > CLEARLY_BRIGHTER) & (mean > 5 * error)).any())


def _gains(field: NDArray[np.generic], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give how much brighter each channel is under (x, y) than under (y, x), (n, C), in the field's deviations."""
    places = np.clip(np.round(centres).astype(np.int64), 0, np.array(field.shape[1:]) - 1)
    turned = np.clip(np.round(centres[:, ::-1]).astype(np.int64), 0, np.array(field.shape[1:]) - 1)
    here, there = (field[:, p[:, 0], p[:, 1]].astype(np.float64).T for p in (places, turned))
    spread = field.reshape(len(field), -1).std(axis=1)
    return (there - here) / np.where(spread > 0, spread, 1.0)
