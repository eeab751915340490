"""Sums over the rows of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sums_by(values: NDArray[np.floating], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add up the rows (N, D) of each group in float64; groups are numbered 0..G-1 and none is empty. Shape (G, D)."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    assert len(starts) == codes.max(initial=-1) + 1, "a group is empty"
    sums: NDArray[np.float64] = np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
    return sums
