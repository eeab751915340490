"""Colours as 32-bit ARGB, premultiplied by their opacity; dots one can see through; and how dense they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.brush import spread
from cdcl.scatter.grid import stamp
from cdcl.scatter.palette import VIRIDIS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.grid import Grid


def count(
    cells: NDArray[np.intp], grid: Grid, size: int, weights: NDArray[np.floating] | None = None
) -> NDArray[np.float32]:
    """Count the dots over each pixel of the view, or sum up their weights: shape (height, width)."""
    stamped, num = stamp(cells, grid, size), grid.outside + 1
    if stamped is None:
        sums = np.bincount(cells, weights=weights, minlength=num)
        return spread(grid.image(sums.astype(np.float32)), size, grid.pad)
    pixels, which = stamped
    sums = np.bincount(pixels, weights=None if weights is None else weights[which], minlength=num)
    return grid.crop(sums.astype(np.float32))


def see_through(
    cells: NDArray[np.intp], colours: NDArray[np.uint32], grid: Grid, size: int, opacity: float
) -> NDArray[np.float32]:
    """Lay dots of some opacity over each other, as they look on average over all orders of drawing.

    n dots of opacity a cover 1 - (1 - a)^n of a pixel, with the mean of their colours, since each order is as likely.

    Parameters
    ----------
    colours
        Shape (M,): ARGB of each dot; its own opacity is taken for full.

    Returns
    -------
    ndarray
        Shape (4, height, width): red, green, blue and opacity from 0 to 1, premultiplied.
    """
    num = count(cells, grid, size)
    cover = 1 - (1 - np.float32(opacity)) ** num
    share = cover / np.maximum(num, 1)
    planes = [count(cells, grid, size, ((colours >> shift) & 255) / 255.0) * share for shift in (16, 8, 0)]
    return np.stack([*planes, cover])


def lay_over(top: NDArray[np.float32], base: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay one image (4, H, W) over another."""
    over: NDArray[np.float32] = top + base * (1 - top[3])
    return over


def pack(planes: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Make ARGB (H, W) of red, green, blue and opacity (4, H, W)."""
    red, green, blue, opacity = (np.clip(planes, 0, 1) * 255 + 0.5).astype(np.uint32)
    packed: NDArray[np.uint32] = opacity << 24 | red << 16 | green << 8 | blue
    return packed


def density(cells: NDArray[np.intp], grid: Grid, reach: int) -> NDArray[np.float32]:
    """Count points by a Gaussian that is `reach` pixels across: (height, width), 1 at a point that lies alone."""
    from scipy.ndimage import gaussian_filter  # takes a moment, so only when it is asked for

    sigma = max(0.6, reach / 5)
    counts = np.bincount(cells, minlength=grid.outside + 1).astype(np.float32)
    smooth = gaussian_filter(grid.image(counts), sigma, truncate=2.5, mode="constant")
    dense: NDArray[np.float32] = smooth[grid.pad : -grid.pad, grid.pad : -grid.pad] * np.float32(2 * np.pi * sigma**2)
    return dense


def heat(dense: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Colour densities (H, W) by their logarithm: dark is few; below one point it fades away."""
    levels = np.log1p(np.maximum(dense, 0))
    levels *= 255 / max(float(levels.max(initial=0)), np.log(2.0))
    colours = VIRIDIS[levels.astype(np.uint8)]
    faint = np.flatnonzero(dense < 1)
    colours.flat[faint] = _fade(colours.flat[faint], np.maximum(dense.flat[faint], 0))
    return colours


def _fade(argb: NDArray[np.uint32], opacity: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Make opaque colours see-through."""
    planes = [(argb >> shift & 255) / np.float32(255) * opacity for shift in (16, 8, 0)]
    return pack(np.stack([*planes, opacity]))


def halve(argb: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Take the mean of each 2 x 2 pixels: from (2H, 2W) to (H, W)."""
    rows = _mean(argb[::2], argb[1::2])
    return _mean(rows[:, ::2], rows[:, 1::2])


def _mean(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Average four bytes at once: what both have, and half of what one has."""
    mean: NDArray[np.uint32] = (one & other) + (((one ^ other) & np.uint32(0xFEFEFEFE)) >> 1)
    return mean
