"""From well to well by keys: which one lies next in a direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import Qt

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
"""Rows down and columns to the right of each arrow."""


def next_well(places: NDArray[np.int64], well: int, step: tuple[int, int]) -> int:
    """Give the nearest well with images in a direction; the same one at the edge, the first from -1.

    Parameters
    ----------
    places
        Row and column of each well with images, (W, 2).
    well
        Where the cursor is, or -1.
    step
        A value of `STEPS`.
    """
    if not len(places):
        return -1
    if not 0 <= well < len(places):
        return 0
    away = places - places[well]
    ahead = away @ np.array(step)
    aside = np.abs(away @ np.array(step[::-1]))
    # The same row or column first; only where it ends, the nearest beside it.
    cost = np.where(ahead > 0, ahead + 100 * aside, np.iinfo(np.int64).max)
    return int(cost.argmin()) if (ahead > 0).any() else well
