"""Nearest neighbours by cosine among those that differ from the query where they must; in blocks of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.metrics.memory import is_memoising, partition, remembered
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK_NUMBERS = 16_000_000
"""Similarities held at a time: 128 MB in float64."""

_LARGE = 20_000
"""Banks beyond this size are compared in float32: half the time and memory, at the price of ties broken by rounding."""


_IMPOSSIBLE = -2.0
"""Below every cosine, and above the -inf of what is shut out."""


@dataclass(frozen=True)
class Neighbours:
    """The k nearest of each query, nearest first.

    Attributes
    ----------
    rows
        Their rows in the bank's numbering, shape (Q, k); -1 where fewer are allowed.
    similarities
        Their cosines, shape (Q, k); -inf where `rows` is -1.
    """

    rows: NDArray[np.int64]
    similarities: NDArray[np.float64]


def nearest(
    queries: NDArray[np.float32],
    bank: NDArray[np.float32],
    k: int,
    *,
    query_codes: NDArray[np.int64],
    bank_codes: NDArray[np.int64],
) -> Neighbours:
    """Find the `k` bank rows of highest cosine to each query that share none of its codes.

    Of equal cosines the earlier bank row comes first.

    Parameters
    ----------
    queries, bank
        Profiles, shapes (Q, D) and (N, D).
    query_codes, bank_codes
        Shapes (Q, M) and (N, M). A pair that is equal in any of the M columns is no pair; M may be 0.
    """
    if not is_memoising():
        return _nearest(queries, bank, k, query_codes, bank_codes)
    # What groups are called changes from shuffle to shuffle; who is in them does not.
    both = np.concatenate([query_codes, bank_codes])
    groups = np.stack([partition(column) for column in both.T], axis=1) if both.size else both
    found = (queries, bank, k, query_codes, bank_codes)
    return remembered(lambda: _nearest(*found), "nearest", queries, bank, k, groups)


def _nearest(
    queries: NDArray[np.float32],
    bank: NDArray[np.float32],
    k: int,
    query_codes: NDArray[np.int64],
    bank_codes: NDArray[np.int64],
) -> Neighbours:
    dtype = np.float32 if len(bank) > _LARGE else np.float64
    unit_bank = unit(bank, dtype)
    excluders = [Excluder(theirs) for theirs in bank_codes.T]
    rows = np.full((len(queries), k), -1, dtype=np.int64)
    similarities = np.full((len(queries), k), -np.inf)
    for block in blocks(len(queries), len(bank)):
        cosines = unit(queries[block], dtype) @ unit_bank.T
        for ours, excluder in zip(query_codes[block].T, excluders, strict=True):
            excluder.shut_out(cosines, ours)
        possible = min(k, len(bank))
        rows[block, :possible], similarities[block, :possible] = _largest(cosines, possible)
    return Neighbours(rows, similarities)


def blocks(num_queries: int, num_bank: int) -> Iterator[slice]:
    """Cut queries into blocks whose similarities to the bank fit into 128 MB."""
    size = max(1, _BLOCK_NUMBERS // max(1, num_bank))
    for start in range(0, num_queries, size):
        yield slice(start, start + size)


class Excluder:
    """Finds the bank rows of a code without comparing all with all."""

    def __init__(self, codes: NDArray[np.int64]) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._sorted = codes[self._order]

    def shut_out(self, cosines: NDArray[Any], codes: NDArray[np.int64]) -> None:
        """Set the cosines (Q, N) of queries and bank rows of one code to -inf."""
        names, inverse = np.unique(codes, return_inverse=True)
        lows, highs = (np.searchsorted(self._sorted, names, side=side) for side in ("left", "right"))
        members = np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
        for ours, low, high in zip(members, lows.tolist(), highs.tolist(), strict=True):
            if high > low:
                cosines[ours[:, None], self._order[low:high]] = -np.inf


def _largest(cosines: NDArray[Any], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give columns and values of the `k` largest of each row, in order; ties go to the lower column, -inf to -1."""
    count = cosines.shape[1]
    # Partitioning values is many times as fast as partitioning their places.
    bounds = np.partition(cosines, count - k, axis=1)[:, count - k]
    rows, columns = _at_least(cosines, np.maximum(bounds, _IMPOSSIBLE), k)
    values = cosines[rows, columns]
    order = np.lexsort((-values, rows))
    found = np.bincount(rows, minlength=len(cosines))
    places = (np.cumsum(found) - found)[:, None] + np.arange(k)
    real = np.arange(k) < found[:, None]
    picked = order[np.where(real, places, 0)] if len(order) else np.zeros_like(places)
    if not len(order):
        return np.full_like(places, -1), np.full(places.shape, -np.inf)
    return np.where(real, columns[picked], -1), np.where(real, values[picked], -np.inf).astype(np.float64)


def _at_least(cosines: NDArray[Any], bounds: NDArray[Any], k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give rows and columns of what reaches its row's bound; of a tie at the bound, the first that make up `k`."""
    reached = cosines >= bounds[:, None]
    crowded = np.flatnonzero(np.count_nonzero(reached, axis=1) > k)
    for row in crowded.tolist():
        tied = np.flatnonzero(cosines[row] == bounds[row])
        spare = int(np.count_nonzero(reached[row])) - k
        reached[row, tied[len(tied) - spare :]] = False
    rows, columns = np.nonzero(reached)
    return rows, columns
