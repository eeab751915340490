"""Lines around where the points of a class lie: the smallest regions that hold a share of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.groups import rows_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.colours import Colouring

    Mask = NDArray[np.bool_]

SHARES = (0.5, 0.9)
"""Of a class's points, within the inner and the outer line: its core, and all but its stragglers."""
MOST_CLASSES = 20
"""Of the largest classes: as many have colours of their own, and more lines cover the points."""
FEWEST_POINTS = 10
"""Of fewer, the lines would show the width of the kernel."""
OF_ALL = 0xFF7B8794
"""Colour of the lines around all points, where these are coloured by numbers; it shows on white and on black."""
_CELLS = 96
"""Of the grid a side, on which densities are counted."""
_MARGIN = 0.15
"""Of the span, on each side: room for lines to close around the outermost points."""


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed line around the densest part of a class.

    Attributes
    ----------
    colour
        0xAARRGGBB, the class's.
    share
        Of the class's points that lie within its lines.
    line
        (K, 2), in the units of the positions; the last place is the first.
    """

    colour: int
    share: float
    line: NDArray[np.float64]


def class_contours(
    positions: NDArray[np.floating], colouring: Colouring, visible: Mask | None = None
) -> tuple[Contour, ...]:
    """Draw lines around the densest halves and nine tenths of the classes; of all points, where a number colours them.

    Densities are Gaussian kernel estimates, with Scott's (1992) width for two dimensions from each class's own spread.
    A line is where the density is that of the least dense point within the share (the highest-density region of
    Hyndman 1996).

    Parameters
    ----------
    positions
        (N, 2); what is not finite does not count.
    visible
        (N,) which points are drawn; None: all.

    Returns
    -------
    tuple of Contour
        None of classes with fewer than ten points, or whose points lie on one line.
    """
    classes = bool(colouring.names)
    codes = colouring.codes if classes else np.ones(len(positions), dtype=np.int8)
    found: list[Contour] = []
    for code, rows in rows_of_groups(positions, codes, visible)[:MOST_CLASSES]:
        if len(rows) >= FEWEST_POINTS:
            colour = int(colouring.colours[code]) if classes else OF_ALL
            found += [Contour(colour, *one) for one in _lines_around(np.asarray(positions[rows], dtype=np.float64))]
    return tuple(found)


def _lines_around(places: NDArray[np.float64]) -> list[tuple[float, NDArray[np.float64]]]:
    from contourpy import contour_generator

    spread = places.std(axis=0, ddof=1)
    if not (spread > 0).all():
        return []
    width = spread * len(places) ** (-1 / 6)  # Scott's rule: N^(-1 / (d + 4)) of the spread
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.maximum(_MARGIN * (high - low), 3 * width)  # three widths hold 99.7 % of a kernel
    x, y = (np.linspace(low[i] - room[i], high[i] + room[i], _CELLS) for i in (0, 1))
    density, at_points = _density(places, (x, y), width)
    lines = contour_generator(x, y, density)
    found = []
    for share in SHARES:
        level = float(np.quantile(at_points, 1 - share))
        found += [(share, np.asarray(line)) for line in lines.lines(level) if len(line) > 2]
    return found


def _density(
    places: NDArray[np.float64], axes: tuple[NDArray[np.float64], NDArray[np.float64]], width: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the density on the grid (y, x), and at the points (N,), both up to one factor."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    steps = np.array([axis[1] - axis[0] for axis in axes])
    cells = (places - [axis[0] for axis in axes]) / steps  # (N, 2) in cells, x then y
    edges = np.arange(_CELLS + 1) - 0.5
    counts, _, _ = np.histogram2d(cells[:, 1], cells[:, 0], bins=(edges, edges))
    density = gaussian_filter(counts, sigma=(width / steps)[::-1], mode="constant", truncate=4.0)
    return density, map_coordinates(density, cells.T[::-1], order=1)
