"""95 % intervals: Wilson's for counts, the cluster bootstrap for anything measured on replicates."""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.memory import is_shuffling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Statistic = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

_Z = 1.959963984540054
"""Of the standard normal distribution, 95 % lie within this many standard deviations."""


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Compute the 95 % score interval of a share (Wilson 1927).

    Parameters
    ----------
    hits, count
        `hits` of `count`.

    Returns
    -------
    low, high
        0 to 1; both NaN where `count` is 0.
    """
    if count == 0:
        return nan, nan
    share, spread = hits / count, _Z**2 / count
    centre = (share + spread / 2) / (1 + spread)
    half = sqrt(spread * share * (1 - share) + spread**2 / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def weighted_mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Average `values`, each counted `weights` times."""
    return float(weights @ values / weights.sum())


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Give the middle of sorted `values`, each counted `weights` times (whole numbers)."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    middle = np.searchsorted(reached, [reached[-1] / 2, reached[-1] / 2 + 0.5])
    return float(values[order[np.minimum(middle, len(values) - 1)]].mean())


def cluster_bootstrap(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    *,
    statistic: Statistic = weighted_mean,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Compute the percentile interval of a statistic when whole clusters are drawn with replacement.

    Profiles of one well are not independent, so the well is drawn as a whole (Davison & Hinkley 1997).

    Parameters
    ----------
    values
        Shape (N,).
    clusters
        Number of each value's cluster, shape (N,).
    statistic
        Of values and their weights, which are whole numbers.
    draws
        Bootstrap samples.
    seed
        Of the draws.

    Returns
    -------
    low, high
        95 % interval; both NaN with one cluster alone, where nothing varies, and where labels are shuffled: then the
        interval is that of the shuffles.
    """
    clusters = np.unique(clusters, return_inverse=True)[1]
    num_clusters = int(clusters.max(initial=-1)) + 1
    if num_clusters < 2 or is_shuffling():
        return nan, nan
    rng = np.random.default_rng([seed, num_clusters])
    drawn = (np.bincount(rng.integers(num_clusters, size=num_clusters), minlength=num_clusters) for _ in range(draws))
    found = [statistic(values, counts[clusters].astype(np.float64)) for counts in drawn]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
