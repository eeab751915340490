"""How often chance parts two groups as much as they are: units change places, or their scores change signs."""

from __future__ import annotations

from itertools import combinations
from math import lgamma, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Codes = NDArray[np.int64]

LISTED = 10_000
"""So many arrangements are listed, which is exact; of more, some are drawn."""
DRAWS = 9_999
"""The smallest p is then 0.0001, its relative error at 0.05 is 4 %."""
FEWEST_DRAWS = 999
"""Where so many units change places that `DRAWS` would take long: relative error 14 % at 0.05."""
WORK = 50_000_000
"""Numbers that are drawn at most, a second of one core, unless `FEWEST_DRAWS` need more."""
BLOCK = 2_000_000
"""Numbers that are held at a time: 16 MB."""
ROUNDING = 1e-12
"""Shares, 0 to 1, that differ by less are ties, which count against the claim."""


def exchange_p(scores: Array, strata: Codes, codes: Codes, num: int, rng: np.random.Generator) -> Array:
    """Test sums of scores by exchanging units within their strata.

    Parameters
    ----------
    scores
        What each unit adds to the difference, (U,), centred on each stratum.
    strata
        The stratum of each unit (U,).
    codes
        The value each unit has (U,), 0..num-1.
    num
        How many values there are.
    rng
        Draws where there are too many arrangements to list.

    Returns
    -------
    Array
        p of each value (num,), two-sided; NaN where no other arrangement exists, as it fills its strata,
        or these hold one of the groups only.
    """
    observed = np.abs(np.bincount(codes, scores, num))
    held = [np.flatnonzero(strata == stratum) for stratum in range(int(strata.max()) + 1)]
    held = [own for own in held if np.abs(scores[own]).max() > ROUNDING]
    if not held:
        return np.full(num, np.nan)
    counts = np.stack([np.bincount(codes[own], minlength=num) for own in held])
    ways = sum((_log_ways(len(own), row) for own, row in zip(held, counts, strict=True)), np.zeros(num))
    p_values, many = np.full(num, np.nan), ways > log(LISTED) + 0.5  # so that a rounded logarithm decides nothing
    for value in np.flatnonzero((ways > log(1.5)) & ~many):
        sums = np.zeros(1)
        for own, count in zip(held, counts[:, value], strict=True):
            sums = (sums[:, None] + _sums_of(scores[own], int(count))).ravel()
        p_values[value] = (np.abs(sums) >= observed[value] - ROUNDING).mean()
    if many.any():
        p_values[many] = _drawn_p(scores, held, codes, observed, rng)[many]
    return p_values


def flip_p(scores: Array, rng: np.random.Generator) -> Array:
    """Test sums of scores by changing the signs of whole units, as each could have leant the other way.

    This is the score form of the wild bootstrap over clusters (Kline & Santos, J. Econom. Methods 1, 23, 2012), with
    Rademacher's weights.

    Parameters
    ----------
    scores
        What each unit adds to the difference, by value, (U, K).
    rng
        Draws where there are too many signs to list.

    Returns
    -------
    Array
        p of each value (K,), two-sided; NaN where one unit is all there is.
    """
    scores = scores[np.abs(scores).max(axis=1) > ROUNDING]
    num, values = scores.shape
    observed = np.abs(scores.sum(axis=0)) - ROUNDING
    if num < 2:
        return np.full(values, np.nan)
    if 2**num <= LISTED:
        signs = 1.0 - 2.0 * (np.arange(2**num)[:, None] >> np.arange(num) & 1)
        return np.asarray((np.abs(signs @ scores) >= observed).mean(axis=0))
    reached, draws = np.zeros(values), _num_draws(num * max(1, values // 10))  # products cost a tenth of a draw
    for rows in _blocks(draws, num):
        reached += (np.abs(rng.choice((-1.0, 1.0), (rows, num)) @ scores) >= observed).sum(axis=0)
    return np.asarray((1 + reached) / (1 + draws))


def _log_ways(size: int, counts: Codes) -> Array:
    """Give logarithms of the binomial coefficients (size over counts)."""
    return np.array([lgamma(size + 1) - lgamma(one + 1) - lgamma(size - one + 1) for one in counts.tolist()])


def _sums_of(scores: Array, count: int) -> Array:
    """Sum all choices of `count` scores; they add to 0, so that the larger part is the smaller one with a minus."""
    if count > len(scores) - count:
        return -_sums_of(scores, len(scores) - count)
    return np.array([scores[list(chosen)].sum() for chosen in combinations(range(len(scores)), count)])


def _drawn_p(scores: Array, held: list[Codes], codes: Codes, observed: Array, rng: np.random.Generator) -> Array:
    by_value = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[by_value], return_index=True)
    reached, draws = np.zeros(len(observed)), _num_draws(len(scores))
    for rows in _blocks(draws, len(scores)):
        drawn = np.tile(scores, (rows, 1))
        for own in held:
            drawn[:, own] = rng.permuted(drawn[:, own], axis=1)
        sums = np.add.reduceat(drawn[:, by_value], starts, axis=1)
        reached[present] += (np.abs(sums) >= observed[present] - ROUNDING).sum(axis=0)
    return np.asarray((1 + reached) / (1 + draws))


def _num_draws(units: int) -> int:
    return min(DRAWS, max(FEWEST_DRAWS, WORK // max(1, units)))


def _blocks(draws: int, units: int) -> Iterator[int]:
    size = max(1, BLOCK // max(1, units))
    for start in range(0, draws, size):
        yield min(size, draws - start)
