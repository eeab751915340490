"""Whether a treatment moves profiles at all: labels of wells permuted within each plate, jointly over plates.

Under the null a treated well could as well have been one of the negative controls of its plate. So within each plate
the wells of the treatment and the controls change labels, on all plates at once; exchangeability allows no more. With
one well and six controls on each of three plates there are 7^3 = 343 assignments, so p can reach 0.003, where a
ranking of one replicate among pooled controls stops at 1/28.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice, product
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.whitening import principal_axes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_LISTED = 20_000
"""So many assignments are listed one by one; of more, `DRAWS` are drawn."""
DRAWS = 9_999
"""The smallest p is then 0.0001; its relative error at 0.05 is 4 %."""
SHRINKAGE = 0.1
"""Ridge of the whitening in mean eigenvalues: 0.01 to 0.1 is safe where controls are fewer than features."""
BLOCK = 2_000
"""Assignments that are asked at a time."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The wells of one treatment and the negative controls of its plates.

    Attributes
    ----------
    values
        Profiles (n, D).
    plates
        (n,) numbers of the plates, 0..P-1.
    treated
        (n,) which wells are the treatment's.
    """

    values: Array
    plates: NDArray[np.int64]
    treated: NDArray[np.bool_]

    def usable(self) -> Pool:
        """Keep the plates that have both; others tell nothing."""
        both = [
            plate
            for plate in np.unique(self.plates)
            if 0 < self.treated[self.plates == plate].sum() < (self.plates == plate).sum()
        ]
        rows = np.isin(self.plates, both)
        numbers = np.searchsorted(both, self.plates[rows]) if both else self.plates[rows]
        return Pool(self.values[rows], np.asarray(numbers, dtype=np.int64), self.treated[rows])


def shift_p(pool: Pool, rng: np.random.Generator) -> tuple[float, int]:
    """Give the p-value of the shift between treatment and controls, and how many assignments there are.

    The statistic is the length of the mean difference between treated wells and controls of a plate, averaged over
    plates by their treated wells, in a whitened space. The whitening is learned from treated wells and controls alike,
    so that it does not know the labels. Ties count against the claim. NaN and 0 where no plate has both.
    """
    pool = pool.usable()
    if not pool.treated.any():
        return float("nan"), 0
    gram, weights = _gram(pool), _weights(pool)
    observed = _length(pool.treated[None] * weights, gram)[0]
    total = num_assignments(pool)
    if total <= MOST_LISTED:
        lengths = np.concatenate([_length(block * weights, gram) for block in _listed(pool)])
        return float((lengths >= observed * (1 - 1e-9)).mean()), total
    drawn = [_length(block * weights, gram) for block in _drawn(pool, rng)]
    reached = int((np.concatenate(drawn) >= observed * (1 - 1e-9)).sum())
    return (1 + reached) / (1 + DRAWS), total


def num_assignments(pool: Pool) -> int:
    """Count the ways to call as many wells of each plate treated as there are."""
    return prod(comb(len(own), int(pool.treated[own].sum())) for own in _plates(pool))


def _plates(pool: Pool) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(pool.plates == plate) for plate in np.unique(pool.plates)]


def _gram(pool: Pool) -> Array:
    """Give inner products (n, n) of the wells, each plate centred on all its wells, whitened."""
    centred = pool.values.copy()
    for own in _plates(pool):
        centred[own] -= centred[own].mean(axis=0)
    eigenvalues, axes = principal_axes(centred)
    gains = 1.0 / np.sqrt(eigenvalues + SHRINKAGE * max(float(eigenvalues.mean()), 1e-300))
    whitened = centred @ (axes * gains)
    gram: Array = whitened @ whitened.T
    return gram


def _weights(pool: Pool) -> Array:
    """Give what a treated well adds to the averaged difference, (n,).

    The mean of n treated wells minus that of the other m - n is m / (m - n) times the mean of the treated, once the
    plate is centred; plates count by their treated wells.
    """
    weights, total = np.zeros(len(pool.plates)), int(pool.treated.sum())
    for own in _plates(pool):
        count = int(pool.treated[own].sum())
        weights[own] = len(own) / (len(own) - count) / total
    return weights


def _length(assigned: Array, gram: Array) -> Array:
    lengths: Array = np.einsum("bn,bn->b", assigned @ gram, assigned)
    return lengths


def _listed(pool: Pool) -> Iterator[Array]:
    """List all assignments, in blocks (b, n) of 0 and 1."""
    choices = [[list(one) for one in combinations(own, int(pool.treated[own].sum()))] for own in _plates(pool)]
    every = product(*choices)
    while chosen := list(islice(every, BLOCK)):
        block = np.zeros((len(chosen), len(pool.plates)))
        for row, parts in enumerate(chosen):
            block[row, [well for part in parts for well in part]] = 1.0
        yield block


def _drawn(pool: Pool, rng: np.random.Generator) -> Iterator[Array]:
    for start in range(0, DRAWS, BLOCK):
        block = np.tile(pool.treated.astype(np.float64), (min(BLOCK, DRAWS - start), 1))
        for own in _plates(pool):
            block[:, own] = rng.permuted(block[:, own], axis=1)
        yield block
