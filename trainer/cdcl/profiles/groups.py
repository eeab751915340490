"""Sums over the rows of each group, and what part of the variance lies between groups."""

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


def variance_between(values: NDArray[np.floating], codes: NDArray[np.int64]) -> float:
    """Give the share of the variance of all features that lies between groups.

    Parameters
    ----------
    values
        Shape (N, D).
    codes
        Group of each row, 0..G-1, none empty, shape (N,).

    Returns
    -------
    float
        The sum of squares between groups by the total one, 0 to 1; NaN where nothing varies.
    """
    mean = values.mean(axis=0, dtype=np.float64)
    total = sum(float(((values[start : start + 8192] - mean) ** 2).sum()) for start in range(0, len(values), 8192))
    counts = np.bincount(codes)
    between = float((counts[:, None] * (sums_by(values, codes) / counts[:, None] - mean) ** 2).sum())
    # What is left of constant features after float32 is rounding, not variance.
    return between / total if total > 1e-10 * len(values) * float(mean @ mean) else float("nan")
