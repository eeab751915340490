"""LISI: how many batches (iLISI) or treatments (cLISI) a profile's neighbourhood effectively holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.intervals import cluster_bootstrap, weighted_median
from cdcl.metrics.memory import remembered
from cdcl.metrics.mixing import Neighbourhoods, neighbourhoods, why_not
from cdcl.metrics.score import Score, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

    Scale = Callable[[NDArray[np.float64], int], NDArray[np.float64]]

_ITERATIONS = 60
"""Halvings of the search for a bandwidth."""


def ilisi(profiles: Profiles, column: str = "batch", *, k: int | None = None) -> Score:
    """Score the integration local inverse Simpson's index, scaled: 0 is one batch around each profile, 1 all equally.

    The k nearest profiles of other wells are weighted by exp(-beta d), d the Euclidean distance of unit vectors, beta
    such that the perplexity is k/3; the median of 1 / (sum of squared batch shares) is scaled by (x - 1) / (B - 1)
    (Korsunsky et al. 2019; Luecken et al. 2022). Few neighbours and batches of unequal size keep even noise
    from 1: chance is what it reaches. With one batch or too few profiles the value is NaN.

    Parameters
    ----------
    k
        Neighbours; 90 by default, in screens of fewer than 900 profiles a tenth of them, but at least 10.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    k = k if k is not None else _neighbours(profiles)
    if reason := why_not(profiles, column, k):
        return unavailable("ilisi", reason, level=profiles.level)
    return _score("ilisi", profiles, column, k, lambda index, labels: (index - 1) / (labels - 1))


def clisi(profiles: Profiles, column: str = "treatment", *, k: int | None = None) -> Score:
    """Score the cell-type LISI, scaled: 1 is one label around each profile, 0 all equally.

    As `ilisi`, of a label that should stay together, scaled by (L - x) / (L - 1) (Luecken et al. 2022). With many
    labels even noise comes near 1, because k neighbours cannot hold them all: chance is what it reaches.

    Parameters
    ----------
    column
        What should stay together.
    k
        Neighbours; as in `ilisi` by default.

    Returns
    -------
    Score
        About 0 to 1, higher is better. NaN with one label or too few profiles.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    k = k if k is not None else _neighbours(profiles)
    if reason := why_not(profiles, column, k):
        return unavailable("clisi", reason, level=profiles.level)
    return _score("clisi", profiles, column, k, lambda index, labels: (labels - index) / (labels - 1))


def _neighbours(profiles: Profiles) -> int:
    return max(10, min(90, len(profiles) // 10))


def _score(name: str, profiles: Profiles, column: str, k: int, scale: Scale) -> Score:
    """Take the median over profiles of the inverse Simpson's index, brought to 0-1 by `scale`."""
    found = neighbourhoods(profiles, column, k)
    distances = np.sqrt(np.maximum(0, 2 - 2 * found.similarities))
    weights = remembered(lambda: _weights(distances, k / 3), "perplexity", distances, k)
    index = scale(1 / found.simpson(weights), len(found.names))
    low, high = cluster_bootstrap(index, found.clusters, statistic=weighted_median)
    return Score(
        name,
        value=float(np.median(index)),
        low=low,
        high=high,
        count=len(index),
        chance=float(np.median(scale(1 / _expected_simpson(weights, found), len(found.names)))),
        groups=found.per_label(index),
        note=found.note(),
        level=profiles.level,
    )


def _expected_simpson(weights: NDArray[np.float64], found: Neighbourhoods) -> NDArray[np.float64]:
    """Give the expected sum of squared shares if each neighbour's label were drawn at random from all profiles."""
    at_large = float(((np.bincount(found.labels) / len(found.labels)) ** 2).sum())
    expected: NDArray[np.float64] = at_large + (1 - at_large) * (weights**2).sum(axis=1)
    return expected


def _weights(distances: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Give weights exp(-beta d) of sum 1 (N, k), each row's beta found by bisection so that its perplexity is met."""
    distances = distances - distances.min(axis=1, keepdims=True)
    low, high = np.full((2, len(distances)), [[-60.0], [60.0]])
    for _ in range(_ITERATIONS):
        beta = np.exp2((low + high) / 2)
        wide = _perplexity(_softmax(-beta[:, None] * distances)) > perplexity
        low, high = np.where(wide, (low + high) / 2, low), np.where(wide, high, (low + high) / 2)
    return _softmax(-np.exp2((low + high) / 2)[:, None] * distances)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(logits)
    shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _perplexity(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.asarray(np.exp(-(weights * logs).sum(axis=1)))
