"""Nearest neighbours by cosine among those that differ from the query where they must; in blocks of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK_NUMBERS = 16_000_000
"""Similarities held at a time: 128 MB in float64."""

_LARGE = 20_000
"""Banks beyond this size are compared in float32: half the time and memory, at the price of ties broken by rounding."""


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
    dtype = np.float32 if len(bank) > _LARGE else np.float64
    unit_bank = _unit(bank, dtype)
    rows = np.full((len(queries), k), -1, dtype=np.int64)
    similarities = np.full((len(queries), k), -np.inf)
    for block in _blocks(len(queries), len(bank)):
        cosines = _unit(queries[block], dtype) @ unit_bank.T
        for ours, theirs in zip(query_codes[block].T, bank_codes.T, strict=True):
            cosines[ours[:, None] == theirs[None, :]] = -np.inf
        possible = min(k, len(bank))
        rows[block, :possible], similarities[block, :possible] = _largest(cosines, possible)
    rows[np.isneginf(similarities)] = -1
    return Neighbours(rows, similarities)


def _unit(values: NDArray[np.float32], dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """Scale rows to length 1; a row of zeros stays one and is equally far from all."""
    lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    return (values / np.where(lengths > 0, lengths, 1.0)).astype(dtype)


def _blocks(num_queries: int, num_bank: int) -> Iterator[slice]:
    size = max(1, _BLOCK_NUMBERS // max(1, num_bank))
    for start in range(0, num_queries, size):
        yield slice(start, start + size)


def _largest(cosines: NDArray[Any], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give columns and values of the `k` largest of each row, in order; ties go to the lower column."""
    count = cosines.shape[1]
    # One more than asked shows whether a tie is cut in two.
    kept = np.sort(
        np.argpartition(cosines, count - k - 1, axis=1)[:, -(k + 1) :] if k < count else _all(cosines), axis=1
    )
    found = np.take_along_axis(cosines, kept, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    columns = np.take_along_axis(kept, order, axis=1)
    values = np.take_along_axis(found, order, axis=1).astype(np.float64)
    if k < count:
        for row in np.flatnonzero((values[:, k - 1] == values[:, k]) & np.isfinite(values[:, k])):
            columns[row, :k] = np.argsort(-cosines[row], kind="stable")[:k]
    return columns[:, :k], values[:, :k]


def _all(cosines: NDArray[Any]) -> NDArray[np.int64]:
    return np.broadcast_to(np.arange(cosines.shape[1]), cosines.shape)
