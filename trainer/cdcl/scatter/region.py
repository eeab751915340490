"""What lies within a lasso: painted on the pixels, and exact along its rim where there are not too many points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.grid import pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.grid import Grid
    from cdcl.scatter.points import Points

EXACT = 100_000
"""Up to so many points a lasso is exact; beyond, it goes by the centre of a point's pixel."""


def within(outline: NDArray[np.float64], points: Points, cells: NDArray[np.intp], grid: Grid) -> NDArray[np.intp]:
    """Give the ranks of the points within a lasso, ascending; those outside the view are never within.

    Where the outline crosses itself, what it goes around twice is outside.

    Parameters
    ----------
    outline
        Shape (V, 2): columns and rows in pixels of the view; it is closed by itself.
    cells
        Shape (M,): the cell of each point, as `cdcl.scatter.grid.place` gives it.
    """
    if len(outline) < 3:
        return np.zeros(0, dtype=np.intp)
    left, top, width, height = _bounds(outline, grid)
    shifted = outline - (left, top)
    inside = grid.lay(fill(shifted, width, height), top, left)[cells]
    if len(points) <= EXACT:
        rim = np.flatnonzero(grid.lay(trace(shifted, width, height), top, left)[cells])
        columns, rows = pixels(points, grid, rim)
        inside[rim] = encloses(outline, np.column_stack([columns, rows]).astype(np.float64) - grid.pad)
    return np.flatnonzero(inside)


def _bounds(outline: NDArray[np.float64], grid: Grid) -> tuple[int, int, int, int]:
    """Give left, top, width and height of the part of the view that an outline is in."""
    end = grid.view.width, grid.view.height
    left, top = np.clip(np.floor(outline.min(axis=0)), 0, end).astype(int).tolist()
    right, bottom = np.clip(np.floor(outline.max(axis=0)) + 1, 0, end).astype(int).tolist()
    return left, top, right - left, bottom - top


def fill(outline: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Paint the pixels (height, width) whose centres the outline encloses, by the even-odd rule."""
    begin, end = outline, np.roll(outline, -1, axis=0)
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    edges, rows = _rows_of_edges(np.ceil(low - 0.5), np.ceil(high - 0.5), height)
    columns = _crossing(begin[edges], end[edges], rows + 0.5)
    first = np.clip(np.ceil(columns - 0.5), 0, width).astype(np.intp)
    toggles = np.bincount(rows * (width + 1) + first, minlength=height * (width + 1)).astype(np.uint8)
    parity = np.cumsum(toggles.reshape(height, width + 1), axis=1, dtype=np.uint8)
    return (parity[:, :width] & 1).astype(np.bool_)


def trace(outline: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Paint all pixels (height, width) that the outline passes, and their neighbours left and right."""
    begin, end = outline, np.roll(outline, -1, axis=0)
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    edges, rows = _rows_of_edges(np.floor(low), np.floor(high) + 1, height)
    enters = _crossing(begin[edges], end[edges], np.clip(rows, low[edges], high[edges]))
    leaves = _crossing(begin[edges], end[edges], np.clip(rows + 1, low[edges], high[edges]))
    level = begin[edges, 1] == end[edges, 1]
    enters, leaves = np.where(level, begin[edges, 0], enters), np.where(level, end[edges, 0], leaves)
    first = np.clip(np.floor(np.minimum(enters, leaves)) - 1, 0, width).astype(np.intp)
    last = np.clip(np.floor(np.maximum(enters, leaves)) + 2, 0, width).astype(np.intp)
    size = height * (width + 1)
    begun, ended = (np.bincount(rows * (width + 1) + columns, minlength=size) for columns in (first, last))
    depth = np.cumsum((begun - ended).astype(np.int32).reshape(height, width + 1), axis=1)
    passed: NDArray[np.bool_] = depth[:, :width] > 0
    return passed


def encloses(outline: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which places (M, 2) an outline (V, 2) encloses: a ray to the right crosses it an odd number of times."""
    odd = np.zeros(len(places), dtype=np.bool_)
    for begin, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crossed = np.flatnonzero((begin[1] <= places[:, 1]) != (end[1] <= places[:, 1]))
        if len(crossed):
            reached = places[crossed, 0] < _crossing(begin[None], end[None], places[crossed, 1])
            odd[crossed] ^= reached
    return odd


def _rows_of_edges(
    first: NDArray[np.float64], stop: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair each edge with each row of pixels from `first` to before `stop`, within the picture."""
    begin, end = (np.clip(rows, 0, height).astype(np.intp) for rows in (first, stop))
    nums = np.maximum(end - begin, 0)
    edges = np.repeat(np.arange(len(nums)), nums)
    return edges, np.arange(nums.sum()) - np.repeat(np.cumsum(nums) - nums, nums) + begin[edges]


def _crossing(
    begin: NDArray[np.float64], end: NDArray[np.float64], rows: NDArray[np.floating] | NDArray[np.integer]
) -> NDArray[np.float64]:
    """Give the columns where edges (E, 2) cross rows (E,); of level edges where they begin."""
    rise = end[:, 1] - begin[:, 1]
    share = (rows - begin[:, 1]) / np.where(rise == 0, 1.0, rise)
    columns: NDArray[np.float64] = begin[:, 0] + share * (end[:, 0] - begin[:, 0])
    return columns
