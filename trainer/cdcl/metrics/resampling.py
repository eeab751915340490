"""Means of answers, their intervals and their differences, when whole compounds are drawn with replacement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
"""Enough for the ends of a 95 % interval to stand still in the second digit."""


@dataclass(frozen=True)
class Resampling:
    """Compounds drawn again and again: the same draws for all that is compared.

    Attributes
    ----------
    groups
        Number of each well's compound, -1 for wells that are not asked; shape (N,).
    counts
        How often each compound is drawn, shape (DRAWS, G).
    """

    groups: NDArray[np.int64]
    counts: NDArray[np.float64]

    def means(self, values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the weighted mean of answers (N,) in each draw, shape (DRAWS,); NaN where none was asked."""
        asked = (self.groups >= 0) & (weights > 0)
        size = self.counts.shape[1]
        heavy = np.bincount(self.groups[asked], weights[asked], minlength=size)
        sums = np.bincount(self.groups[asked], weights[asked] * values[asked], minlength=size)
        total = self.counts @ heavy
        means: NDArray[np.float64] = np.full(len(total), np.nan)
        np.divide(self.counts @ sums, total, out=means, where=total > 0)
        return means


def resampling(groups: NDArray[np.int64], *, seed: int = 0) -> Resampling:
    """Draw as many compounds as there are, with replacement, `DRAWS` times."""
    known = np.unique(groups[groups >= 0])
    codes = np.where(groups >= 0, np.searchsorted(known, groups), -1)
    rng = np.random.default_rng([seed, len(known)])
    size = max(1, len(known))
    return Resampling(codes, rng.multinomial(size, np.full(size, 1 / size), size=DRAWS).astype(np.float64))


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Give the 95 % interval of draws (N,); NaN where fewer than two differ from NaN."""
    known = draws[~np.isnan(draws)]
    if len(known) < 2:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
