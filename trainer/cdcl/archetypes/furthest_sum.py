"""FurthestSum: rows that lie far from each other, to begin with (Mørup & Hansen 2012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXTRA_ROUNDS = 10
"""Rows that are exchanged once all are chosen, so that the random first one leaves no trace."""


def furthest_sum(values: NDArray[np.float64], num: int, rng: np.random.Generator) -> list[int]:
    """Choose `num` rows of values (N, D), each the furthest from the others by its sum of distances.

    The first is drawn at random. Once there are enough, the oldest gives way to the then furthest, `num` + 10 times.

    Returns
    -------
    list of int
        Different rows.
    """
    chosen = [int(rng.integers(len(values)))]
    sums = _distances(values, chosen[0])
    for _round in range(2 * num - 1 + EXTRA_ROUNDS):
        if len(chosen) == num:
            sums -= _distances(values, chosen.pop(0))
        free = sums.copy()
        free[chosen] = -np.inf
        chosen.append(int(free.argmax()))
        sums += _distances(values, chosen[-1])
    return chosen


def _distances(values: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.linalg.norm(values - values[row], axis=1)
    return distances
