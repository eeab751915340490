"""Pixels with a border, so that a dot whose centre is just outside still shows its rim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cdcl.scatter.brush import dilate, offsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.points import Points
    from cdcl.scatter.view import View

T = TypeVar("T", bound=np.generic)

_AT_ONCE = 32_768
"""Points placed together: what they need stays in the processor's cache."""


@dataclass(frozen=True)
class Grid:
    """A view's pixels and a border of `pad` around them; one cell more takes what lies outside."""

    view: View
    pad: int

    @classmethod
    def around(cls, view: View, size: int) -> Grid:
        """Make the border wide enough that no disc of `size` pixels that shows leaves it."""
        return cls(view, size + 2)

    @property
    def stride(self) -> int:
        """Pixels of a row."""
        return self.view.width + 2 * self.pad

    @property
    def num_rows(self) -> int:
        """Rows of pixels."""
        return self.view.height + 2 * self.pad

    @property
    def outside(self) -> int:
        """The cell of all that lies outside."""
        return self.stride * self.num_rows

    def image(self, canvas: NDArray[T]) -> NDArray[T]:
        """See cells (outside + 1,) as an image with its border."""
        return canvas[: self.outside].reshape(self.num_rows, self.stride)

    def crop(self, canvas: NDArray[T]) -> NDArray[T]:
        """Copy what of cells (outside + 1,) is in the view: shape (height, width)."""
        return self.image(canvas)[self.pad : -self.pad, self.pad : -self.pad].copy()

    def lay(self, part: NDArray[np.bool_], top: int, left: int) -> NDArray[np.bool_]:
        """Lay a part of the view into cells (outside + 1,), False elsewhere; its corner is in row `top` of the view."""
        cells = np.zeros(self.outside + 1, dtype=np.bool_)
        rows, columns = slice(self.pad + top, None), slice(self.pad + left, None)
        self.image(cells)[rows, columns][: part.shape[0], : part.shape[1]] = part
        return cells


def place(points: Points, grid: Grid, stop: int) -> NDArray[np.intp]:
    """Give the cell of each of the first `stop` points in drawing order."""
    cells = np.empty(stop, dtype=np.intp)
    for begin in range(0, stop, _AT_ONCE):
        part = slice(begin, min(begin + _AT_ONCE, stop))
        cells[part] = _place(points, grid, part)
    return cells


def pixels(
    points: Points, grid: Grid, part: slice | NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give columns and rows of points in the grid, with fractions."""
    view = grid.view
    left, top = view.x - view.width / 2 / view.scale_x, view.y + view.height / 2 / view.scale_y
    columns = points.x[part] - np.float32(left)
    columns *= np.float32(view.scale_x)
    columns += np.float32(grid.pad)
    rows = np.float32(top) - points.y[part]
    rows *= np.float32(view.scale_y)
    rows += np.float32(grid.pad)
    return columns, rows


def _place(points: Points, grid: Grid, part: slice) -> NDArray[np.intp]:
    with np.errstate(over="ignore", invalid="ignore"):
        columns, rows = pixels(points, grid, part)
        inside = (columns >= 0) & (columns < grid.stride) & (rows >= 0) & (rows < grid.num_rows)
        cells = rows.astype(np.int32)
        cells *= grid.stride
        cells += columns.astype(np.int32)
    return np.where(inside, cells, grid.outside)


def draw_ranks(cells: NDArray[np.intp], ranks: NDArray[np.integer], grid: Grid, size: int) -> NDArray[np.int32]:
    """Draw dots of `size` pixels in the order of their ranks, and give the rank on top at each pixel, -1 where none.

    Parameters
    ----------
    cells, ranks
        Shape (M,), ranks ascending.

    Returns
    -------
    ndarray
        Shape (height, width) of the view.
    """
    canvas = np.full(grid.outside + 1, -1, dtype=np.int32)
    stamped = stamp(cells, grid, size)
    if stamped is None:
        canvas[cells] = ranks
        return dilate(grid.image(canvas), size, grid.pad)
    pixels_of_dots, which = stamped
    canvas[pixels_of_dots] = ranks[which]
    return grid.crop(canvas)


def stamp(cells: NDArray[np.intp], grid: Grid, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Give all pixels of all dots, and whose they are, dot by dot; None where dilating so many is faster."""
    disc = offsets(size, grid.stride)
    if len(cells) * len(disc) > grid.outside:
        return None
    inner = np.flatnonzero(_keeps_clear(cells, grid, size))
    return (cells[inner, None] + disc).ravel(), np.repeat(inner, len(disc))


def _keeps_clear(cells: NDArray[np.intp], grid: Grid, size: int) -> NDArray[np.bool_]:
    """Tell whose dot lies in the grid wholly; all that show do."""
    rows, columns = np.divmod(cells, grid.stride)
    room = size // 2 + 1
    within = (columns >= room) & (columns < grid.stride - room) & (rows >= room) & (rows < grid.num_rows - room)
    return within & (cells < grid.outside)
