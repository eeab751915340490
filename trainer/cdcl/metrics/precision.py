"""Average precision: how far ahead of the negatives a query finds the profiles it belongs with; in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.answerable import Answerable
from cdcl.metrics.neighbours import Excluder, blocks
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-12
"""Cosines closer than this are equal: the same pair in another block differs by less."""


@dataclass(frozen=True)
class Question:
    """Who is asked, whom each should find, and among whom.

    Attributes
    ----------
    values
        Profiles, shape (N, D).
    labels
        A query's positives have its label, shape (N,); -1 is none.
    apart
        A positive differs from its query in each of these columns, shape (N, M); one of them tells a profile or its
        well from all others.
    asked
        Rows of the queries, shape (Q,).
    negatives
        Who can be a negative, shape (N,); of them, those of another label than the query's are.
    among
        A negative has the query's number here (its plate), shape (N,).
    """

    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    apart: NDArray[np.int64]
    asked: NDArray[np.int64]
    negatives: NDArray[np.bool_]
    among: NDArray[np.int64]


@dataclass(frozen=True)
class Precisions:
    """Average precision of the queries that have both a positive and a negative.

    Attributes
    ----------
    asked
        Their rows, shape (Q,).
    values
        Average precisions, shape (Q,).
    configurations
        Number of positives, and of positives and negatives together, shape (Q, 2).
    able
        Of all that were asked: whether they have a positive, and whether they have a negative.
    """

    asked: NDArray[np.int64]
    values: NDArray[np.float64]
    configurations: NDArray[np.int64]
    able: Answerable


def average_precision(question: Question) -> Precisions:
    """Rank each query's positives and negatives by cosine in float64, and average the precision at its positives.

    The definition is that of Kalinin et al. 2025 (copairs), but a positive that ties with a negative ranks behind it,
    so that equal profiles retrieve nothing. Similarities are never held all at once: memory is bounded by blocks of
    128 MB, however many profiles there are.
    """
    if not len(question.asked):
        none = np.zeros(0, dtype=np.int64)
        return Precisions(none, np.zeros(0), np.zeros((0, 2), dtype=np.int64), Answerable(none, none))
    positives = _positive_cosines(question)
    order = np.argsort(question.among[question.asked], kind="stable")
    places, starts = np.unique(question.among[question.asked][order], return_index=True)
    values, totals = np.zeros(len(order)), np.zeros(len(order), dtype=np.int64)
    for place, queries in zip(places, np.split(order, starts[1:]), strict=True):
        rivals = np.flatnonzero(question.negatives & (question.among == place))
        for block in blocks(len(queries), len(rivals)):
            ours = queries[block]
            values[ours], totals[ours] = _rank(question, ours, rivals, positives)
    found = np.array([len(cosines) for cosines in positives], dtype=np.int64)
    able = Answerable(found, totals)
    kept = able.both
    configurations = np.stack([found, found + totals], axis=1)
    return Precisions(question.asked[kept], values[kept], configurations[kept], able)


def _positive_cosines(question: Question) -> list[NDArray[np.float64]]:
    """Give the cosines of each query's positives, the largest first."""
    found: list[NDArray[np.float64]] = [np.empty(0)] * len(question.asked)
    if not len(question.asked):
        return found  # A split of nothing has one piece, and no name to go with it.
    order = np.argsort(question.labels, kind="stable")
    ordered = question.labels[order]
    by_label = np.argsort(question.labels[question.asked], kind="stable")
    names, starts = np.unique(question.labels[question.asked][by_label], return_index=True)
    for name, queries in zip(names, np.split(by_label, starts[1:]), strict=True):
        members = order[np.searchsorted(ordered, name) : np.searchsorted(ordered, name, side="right")]
        theirs = unit(question.values[members])
        for block in blocks(len(queries), len(members)):
            rows = question.asked[queries[block]]
            cosines = unit(question.values[rows]) @ theirs.T
            for column in question.apart.T:
                cosines[column[rows][:, None] == column[members]] = -np.inf
            sorted_cosines = -np.sort(-cosines, axis=1)
            counts = np.count_nonzero(sorted_cosines > -np.inf, axis=1)
            for query, row, count in zip(queries[block].tolist(), sorted_cosines, counts.tolist(), strict=True):
                found[query] = row[:count].copy()
    return found


def _rank(
    question: Question, queries: NDArray[np.int64], rivals: NDArray[np.int64], positives: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give average precision and number of negatives of each query (a number in `asked`) among the rivals."""
    rows = question.asked[queries]
    cosines = unit(question.values[rows]) @ unit(question.values[rivals]).T
    Excluder(question.labels[rivals]).shut_out(cosines, question.labels[rows])
    cosines.sort(axis=1)
    totals = np.count_nonzero(cosines > -np.inf, axis=1)
    values = np.zeros(len(queries))
    for number, (query, row) in enumerate(zip(queries.tolist(), cosines, strict=True)):
        mine = positives[query]
        if len(mine):
            ahead = len(row) - np.searchsorted(row, mine - ROUNDING)
            hits = np.arange(1, len(mine) + 1)
            values[number] = (hits / (hits + ahead)).mean()
    return values, totals
