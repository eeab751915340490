"""Arrows over a map: from the controls to each class, or through a class from its lowest dose to its highest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.groups import rows_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.colours import Colouring

    Mask = NDArray[np.bool_]

MOST_ARROWS = 40
"""Of the largest groups; more would cover the points."""


@dataclass(frozen=True, eq=False)
class Arrow:
    """A line through medians of points, with a head at its end.

    Attributes
    ----------
    colour
        0xAARRGGBB, of the class that most of its points have.
    path
        (K, 2) with K >= 2, in the units of the positions.
    """

    colour: int
    path: NDArray[np.float64]


def arrows_from_controls(
    positions: NDArray[np.floating],
    colouring: Colouring,
    groups: NDArray[np.integer],
    controls: Mask,
    visible: Mask | None = None,
) -> tuple[Arrow, ...]:
    """Draw from the median of the negative controls to the median of each group that is none.

    Parameters
    ----------
    positions
        (N, 2); what is not finite does not count.
    groups
        (N,) group of each point, 0 for none.
    controls
        (N,) which points are negative controls. They count also where they are hidden.
    visible
        (N,) which points are drawn; None: all.
    """
    begin = controls & np.isfinite(positions).all(axis=1)
    if not begin.any():
        return ()
    start = np.median(positions[begin], axis=0)
    others = rows_of_groups(positions, np.where(controls, 0, groups), visible)[:MOST_ARROWS]
    return tuple(_arrow(colouring, rows, [start, np.median(positions[rows], axis=0)]) for _, rows in others)


def arrows_along_doses(
    positions: NDArray[np.floating],
    colouring: Colouring,
    compounds: NDArray[np.integer],
    doses: NDArray[np.floating],
    visible: Mask | None = None,
) -> tuple[Arrow, ...]:
    """Draw through the medians of each compound's doses, from the lowest to the highest.

    Parameters
    ----------
    positions
        (N, 2); what is not finite does not count.
    compounds
        (N,) compound of each point, 0 for none.
    doses
        (N,) in one unit; a dose of zero or none does not count.
    visible
        (N,) which points are drawn; None: all.

    Returns
    -------
    tuple of Arrow
        None of compounds with one dose.
    """
    dosed = np.isfinite(doses) & (doses > 0)
    found = []
    for _, rows in rows_of_groups(positions, np.where(dosed, compounds, 0), visible)[:MOST_ARROWS]:
        levels = np.unique(doses[rows])
        if len(levels) > 1:
            path = [np.median(positions[rows[doses[rows] == level]], axis=0) for level in levels]
            found.append(_arrow(colouring, rows, path))
    return tuple(found)


def _arrow(colouring: Colouring, rows: NDArray[np.intp], path: list[NDArray[np.floating]]) -> Arrow:
    most = np.bincount(colouring.codes[rows].astype(np.int64)).argmax()
    return Arrow(int(colouring.colours[most]), np.stack(path).astype(np.float64))
