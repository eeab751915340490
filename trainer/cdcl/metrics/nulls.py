"""What average precision would be if the ranking were drawn at random, and how sure that makes one that is better."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_NUMBERS = 8_000_000
"""Ranks held at a time."""

_ROUNDING = 1e-9
"""Two averages of the same ranks differ by less."""


class Nulls:
    """Average precisions of random rankings, drawn once for each (number of positives, number of ranked).

    Parameters
    ----------
    size
        Rankings drawn; p is then no less than 1 / (size + 1).
    """

    def __init__(self, size: int = 10_000, seed: int = 0) -> None:
        self.size, self.seed = size, seed
        self._drawn: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._listed: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._sorted: dict[bytes, tuple[NDArray[np.float64], bool]] = {}

    def of(self, num_positive: int, total: int) -> NDArray[np.float64]:
        """Give the average precisions (size,) of `num_positive` positives at random places among `total`."""
        key = (num_positive, total)
        if key not in self._drawn:
            rng = np.random.default_rng([self.seed, *key])
            per_chunk = max(1, _CHUNK_NUMBERS // (total if 2 * num_positive > total else num_positive))
            sizes = [min(per_chunk, self.size - start) for start in range(0, self.size, per_chunk)]
            self._drawn[key] = np.concatenate([_precisions(_places(size, *key, rng)) for size in sizes])
        return self._drawn[key]

    def all_of(self, num_positive: int, total: int) -> NDArray[np.float64]:
        """Give the average precision of every ranking there is; few enough to list."""
        key = (num_positive, total)
        if key not in self._listed:
            places = chain.from_iterable(combinations(range(total), num_positive))
            self._listed[key] = _precisions(np.fromiter(places, dtype=np.int64).reshape(-1, num_positive))
        return self._listed[key]

    def p_values(self, mean: float, configurations: NDArray[np.int64]) -> tuple[float, float]:
        """Give p of a mean of average precisions, and the least p that any ranking of this kind could have.

        As in copairs, queries of the same configuration share a draw: replicates that find each other are no
        independent witnesses. Unlike there, a random ranking that is as good counts against the claim, without which
        six controls a plate would make anything significant; and where there are no more rankings than would be drawn,
        all are listed, because near the threshold the luck of a draw decides over many treatments at once.

        Parameters
        ----------
        configurations
            Number of positives and number of ranked of each query, shape (Q, 2).
        """
        null, listed = self._mean_of(configurations)
        # Among all rankings is the one found; to those drawn it is added.
        itself = 0 if listed else 1
        reached, best = (itself + len(null) - np.searchsorted(null, value - _ROUNDING) for value in (mean, 1.0))
        return float(reached / (itself + len(null))), float(best / (itself + len(null)))

    def _mean_of(self, configurations: NDArray[np.int64]) -> tuple[NDArray[np.float64], bool]:
        """Give means of random rankings, ascending, and whether these are all that there are."""
        ordered = configurations[np.lexsort(configurations.T[::-1])]
        if (key := ordered.tobytes()) not in self._sorted:  # most labels of a screen have the same kinds of queries
            kinds, counts = np.unique(ordered, axis=0, return_counts=True)
            listed = len(kinds) == 1 and comb(int(kinds[0, 1]), int(kinds[0, 0])) <= self.size
            if listed:
                null = self.all_of(*kinds[0].tolist())
            else:
                draws = [count * self.of(*kind) for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True)]
                null = np.sum(draws, axis=0) / len(ordered)
            self._sorted[key] = (np.sort(null), listed)
        return self._sorted[key]


def expected_precision(num_positive: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the mean over all rankings: (H + (N - H) (m - 1) / (N - 1)) / N, where H is the Nth harmonic number."""
    sizes, inverse = np.unique(total, return_inverse=True)
    harmonic = np.array([(1 / np.arange(1, size + 1)).sum() for size in sizes.tolist()])[inverse]
    others = (num_positive - 1) / np.maximum(1, total - 1)
    expected: NDArray[np.float64] = (harmonic + (total - harmonic) * others) / total
    return expected


def _precisions(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average the precision at each positive's place, rows sorted, places from 0."""
    means: NDArray[np.float64] = (np.arange(1, places.shape[1] + 1) / (places + 1)).mean(axis=1)
    return means


def _places(size: int, num_positive: int, total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `size` sets of `num_positive` different places below `total`, each set sorted."""
    if 2 * num_positive > total:
        return np.sort(np.argsort(rng.random((size, total)), axis=1)[:, :num_positive], axis=1)
    places = np.sort(rng.integers(total, size=(size, num_positive)), axis=1)
    # No place is preferred when doubles are drawn again, so every set stays as likely as any other.
    rows = np.arange(size)
    while len(rows):
        some = places[rows]
        doubles = np.zeros(some.shape, dtype=bool)
        doubles[:, 1:] = some[:, 1:] == some[:, :-1]
        some[doubles] = rng.integers(total, size=int(doubles.sum()))
        places[rows] = np.sort(some, axis=1)
        rows = rows[doubles.any(axis=1)]
    return places
