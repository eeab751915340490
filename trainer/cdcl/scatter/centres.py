"""Where the names of classes are written: in the middle of their points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter.groups import rows_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.colours import Colouring

MOST_NAMES = 60
"""Of the largest classes; more would cover the points."""


def class_centres(
    positions: NDArray[np.float32], colouring: Colouring, visible: NDArray[np.bool_] | None = None
) -> list[tuple[str, float, float]]:
    """Give name and median position of each class that has visible points, the largest first.

    Parameters
    ----------
    positions
        (N, 2); what is not finite does not count.
    visible
        (N,) which points are drawn; None: all.
    """
    if not colouring.names:
        return []  # numbers have no names
    groups = rows_of_groups(positions, colouring.codes, visible)[:MOST_NAMES]
    middles = [np.median(positions[rows], axis=0).tolist() for _, rows in groups]
    return [(colouring.names[code - 1], x, y) for (code, _), (x, y) in zip(groups, middles, strict=True)]
