"""Where the names of classes are written: in the middle of their points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    drawn = np.isfinite(positions).all(axis=1)
    if visible is not None:
        drawn &= visible
    rows = np.flatnonzero(drawn & (colouring.codes > 0))
    codes = colouring.codes[rows].astype(np.int64)
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(1, len(colouring.names) + 2))
    found = []
    for name, begin, end in zip(colouring.names, edges[:-1], edges[1:], strict=True):
        if end > begin:
            x, y = np.median(positions[rows[order[begin:end]]], axis=0)
            found.append((end - begin, name, float(x), float(y)))
    found.sort(key=lambda entry: -entry[0])
    return [(name, x, y) for _, name, x, y in found[:MOST_NAMES]]
