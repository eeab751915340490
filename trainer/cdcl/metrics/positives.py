"""The cosines of each query with its positives, of all labels of a size at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.ranking import lower_bounds
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.metrics.precision import Question

_BLOCK_NUMBERS = 8_000_000
"""Profiles' values, or cosines, held at a time: 64 MB in float64."""

ROUNDING = 1e-12
"""Cosines closer than this are equal: the same pair in another block differs by less."""


@dataclass(frozen=True)
class Positives:
    """All pairs of a query and a positive, the pairs of a query next to each other, nearest first.

    Attributes
    ----------
    queries
        Number of the query in `Question.asked`, shape (F,).
    cosines
        Shape (F,).
    own
        How many profiles of the query's own label that could be negatives are as near as the positive, shape (F,): they
        are none, though they stand among them.
    spared
        For each query, how many profiles of its own label could be negatives; shape (Q,).
    """

    queries: NDArray[np.int64]
    cosines: NDArray[np.float64]
    own: NDArray[np.int64]
    spared: NDArray[np.int64]


def positives_of(question: Question) -> Positives:
    """Compare each query with the profiles of its label; at least one is asked."""
    parts = [_of_block(question, members, asked) for members, asked in _blocks(question)]
    spared = np.zeros(len(question.asked), dtype=np.int64)
    for found in parts:
        spared[found[0]] = found[4]
    counts = np.concatenate([found[1] for found in parts])
    queries = np.repeat(np.concatenate([found[0] for found in parts]), counts)
    cosines, own = (np.concatenate([found[place] for found in parts]) for place in (2, 3))
    order = np.argsort(queries, kind="stable")  # labels of one size came together, in their own order
    return Positives(queries[order], cosines[order], own[order], spared)


def _blocks(question: Question) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the members of labels of one size, shape (G, n), and the numbers of their queries, shape (G, q)."""
    by_label = np.argsort(question.labels[question.asked], kind="stable")
    names, starts, asked = np.unique(question.labels[question.asked][by_label], return_index=True, return_counts=True)
    order = np.argsort(question.labels, kind="stable")
    first = np.searchsorted(question.labels[order], names)
    sizes = np.searchsorted(question.labels[order], names, side="right") - first
    kinds = np.unique(np.stack([sizes, asked], axis=1), axis=0)
    for size, count in kinds.tolist():
        chosen = np.flatnonzero((sizes == size) & (asked == count))
        together = max(1, _BLOCK_NUMBERS // (size * max(size, question.values.shape[1])))
        at_once = max(1, _BLOCK_NUMBERS // size)
        for low in range(0, len(chosen), together):
            labels = chosen[low : low + together]
            members = order[first[labels][:, None] + np.arange(size)]
            for start in range(0, count, at_once):
                some = np.arange(start, min(count, start + at_once))
                yield members, by_label[starts[labels][:, None] + some]


def _of_block(
    question: Question, members: NDArray[np.int64], asked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Give queries (q,), their numbers of positives (q,), cosines and own rivals (F,), and rivals spared (q,)."""
    rows, size = question.asked[asked], members.shape[1]
    groups, dim = len(members), question.values.shape[1]
    theirs = unit(question.values[members.ravel()]).reshape(groups, size, dim)
    ours = unit(question.values[rows.ravel()]).reshape(groups, -1, dim)
    cosines = np.matmul(ours, theirs.transpose(0, 2, 1)).reshape(-1, size)
    rows = rows.ravel()
    mates = np.repeat(members, asked.shape[1], axis=0)
    rival = question.negatives[mates] & (question.among[mates] == question.among[rows][:, None])
    near = np.sort(np.where(rival, cosines, -np.inf), axis=1)
    for column in question.apart.T:
        cosines[column[rows][:, None] == column[mates]] = -np.inf
    nearest = -np.sort(-cosines, axis=1)
    real = nearest > -np.inf
    counts, lines = np.count_nonzero(real, axis=1), np.nonzero(real)[0]
    own = size - lower_bounds(near, lines, nearest[real] - ROUNDING)
    return asked.ravel(), counts, nearest[real], own, np.count_nonzero(rival, axis=1)
