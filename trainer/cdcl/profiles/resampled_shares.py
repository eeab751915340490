"""How sure a difference of shares is: bootstrap over units, within their strata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Codes = NDArray[np.int64]

DRAWS = 1_000
"""An end of the interval then lies between the quantiles 1.6 and 3.5 % (2 standard errors of a share of 2.5 %)."""
BLOCK = 2_000_000
"""Numbers that are held at a time: 16 MB."""
FEWEST = 5
"""Units that have a value, or more: of fewer, quantiles of the bootstrap are far too close together."""


def interval_of_exchanged(counts: Array, strata: Codes, codes: Codes, num: int, rng: np.random.Generator) -> Array:
    """Give the 95 % interval of each value's difference of shares beyond what the strata give.

    Parameters
    ----------
    counts
        Profiles of each unit in either group, (2, U).
    strata, codes
        Stratum and value of each unit (U,).
    num
        How many values there are.
    rng
        Draws units with replacement.

    Returns
    -------
    Array
        Lower and upper ends (2, num); NaN where fewer than `FEWEST` units have the value.
    """
    by_value = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[by_value], return_index=True)
    differences = [
        np.add.reduceat(_centred(weights, counts, strata)[:, by_value], starts, axis=1)
        for weights in _weights(strata, rng)
    ]
    ends = np.full((2, num), np.nan)
    ends[:, present] = np.nanquantile(np.concatenate(differences), (0.025, 0.975), axis=0)
    ends[:, np.bincount(codes, minlength=num) < FEWEST] = np.nan
    return ends


def interval_of_scores(scores: Array, strata: Codes, rng: np.random.Generator) -> Array:
    """Give the 95 % interval of the sum of scores (U, K) over units; NaN where fewer than `FEWEST` have any."""
    sums = np.concatenate([weights @ scores for weights in _weights(strata, rng)])
    ends: Array = np.quantile(sums, (0.025, 0.975), axis=0)
    ends[:, (scores != 0).sum(axis=0) < FEWEST] = np.nan
    return ends


def _centred(weights: Array, counts: Array, strata: Codes) -> Array:
    """Give each unit's part in the difference (B, U), less what its profiles have on average in the same draw."""
    totals = weights @ counts.T
    totals[totals == 0] = np.nan  # a draw that leaves a group empty says nothing
    parts: Array = counts[0] / totals[:, :1] - counts[1] / totals[:, 1:]
    for stratum in range(int(strata.max()) + 1):
        own = strata == stratum
        sizes = counts[:, own].sum(axis=0)
        means = (weights[:, own] * parts[:, own]).sum(axis=1) / (weights[:, own] @ sizes)
        parts[:, own] -= means[:, None] * sizes
    return weights * parts


def _weights(strata: Codes, rng: np.random.Generator) -> Iterator[Array]:
    """Draw how often each unit is drawn (B, U), in blocks; strata keep their size."""
    size = max(1, BLOCK // len(strata))
    held = [np.flatnonzero(strata == stratum) for stratum in range(int(strata.max()) + 1)]
    for start in range(0, DRAWS, size):
        weights = np.zeros((min(size, DRAWS - start), len(strata)))
        for own in held:
            weights[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=len(weights))
        yield weights
