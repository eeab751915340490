"""Places of many values in many sorted rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def lower_bounds(
    ordered: NDArray[np.float64], rows: NDArray[np.int64], values: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Count in a row of `ordered` the numbers below a value, for many pairs of row and value.

    Every pair halves its row at the same time: a call of `searchsorted` for each row takes many times as long.

    Parameters
    ----------
    ordered
        Ascending rows, shape (R, N).
    rows, values
        Shape (F,) each.

    Returns
    -------
    Array
        0 to N, shape (F,).

    Examples
    --------
    >>> lower_bounds(np.array([[1.0, 2.0, 2.0], [4.0, 5.0, 6.0]]), np.array([0, 0, 1]), np.array([2.0, 2.5, 9.0]))
    array([1, 3, 3])
    """
    width = ordered.shape[1]
    flat, base = np.ascontiguousarray(ordered).ravel(), rows * width
    low, high = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), width, dtype=np.int64)
    for _ in range(width.bit_length()):
        middle = (low + high) // 2
        open_still = low < high
        below = open_still & (flat[base + np.minimum(middle, width - 1)] < values)
        low, high = np.where(below, middle + 1, low), np.where(open_still & ~below, middle, high)
    return low
