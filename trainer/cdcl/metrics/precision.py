"""Average precision: how far ahead of the negatives a query finds the profiles it belongs with; in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.answerable import Answerable
from cdcl.metrics.memory import partition, remembered
from cdcl.metrics.neighbours import blocks
from cdcl.metrics.positives import ROUNDING, Positives, positives_of
from cdcl.metrics.ranking import lower_bounds
from cdcl.metrics.several import sharing
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Ordered = tuple[NDArray[np.int64], NDArray[np.float64]]

_KEPT = 16_000_000
"""So many similarities are kept for other shuffles at most: 128 MB."""


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
    so that equal profiles retrieve nothing. Similarities to negatives are never held all at once: memory is bounded by
    blocks of 128 MB, however many profiles there are.
    """
    if not len(question.asked):
        none = np.zeros(0, dtype=np.int64)
        return Precisions(none, np.zeros(0), np.zeros((0, 2), dtype=np.int64), Answerable(none, none))
    positives = positives_of(question)
    ahead, totals = _negatives_ahead(question, positives)
    found = np.bincount(positives.queries, minlength=len(question.asked))
    hits = np.arange(1, len(ahead) + 1) - np.repeat(np.cumsum(found) - found, found)
    sums = np.bincount(positives.queries, hits / (hits + ahead), minlength=len(found))
    able = Answerable(found, totals)
    kept = able.both
    configurations = np.stack([found, found + totals], axis=1)
    return Precisions(question.asked[kept], (sums / np.maximum(1, found))[kept], configurations[kept], able)


def several_precisions(
    values: NDArray[np.float32], held: NDArray[np.bool_], apart: NDArray[np.int64]
) -> tuple[Precisions, NDArray[np.int64], NDArray[np.int64]]:
    """Average the precision of profiles that have several labels each; all are compared with all.

    Positives share any label and differ in `apart`; negatives share none.

    Parameters
    ----------
    held
        Which labels each profile has, shape (N, L).
    apart
        Shape (N,).

    Returns
    -------
    found, of_found, asked
        A query for each label of each profile; the labels of those that have a precision, and of all.
    """
    cosines, shared = unit(values) @ unit(values).T, sharing(held)
    positive = shared & (apart[:, None] != apart[None, :])
    right, wrong = positive.sum(axis=1), (~shared).sum(axis=1)
    means = np.zeros(len(values))
    for row in np.flatnonzero((right > 0) & (wrong > 0)).tolist():
        mine, theirs = -np.sort(-cosines[row, positive[row]]), np.sort(cosines[row, ~shared[row]])
        hits = np.arange(1, len(mine) + 1)
        means[row] = (hits / (hits + len(theirs) - np.searchsorted(theirs, mine - ROUNDING))).mean()
    rows, labels = np.nonzero(held)
    able = Answerable(right[rows], wrong[rows])
    kept = able.both
    configurations = np.stack([right, right + wrong], axis=1)[rows[kept]]
    return Precisions(rows[kept], means[rows[kept]], configurations, able), labels[kept], labels


def _negatives_ahead(question: Question, positives: Positives) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give how many negatives are as near as each positive, shape (F,), and how many each query has, shape (Q,)."""
    ahead, totals = np.zeros(len(positives.cosines), dtype=np.int64), np.zeros(len(question.asked), dtype=np.int64)
    starts = np.searchsorted(positives.queries, np.arange(len(question.asked) + 1))
    for queries, ordered in _ordered(question):
        num_rivals = ordered.shape[1]
        totals[queries] = num_rivals - positives.spared[queries]
        counts = starts[queries + 1] - starts[queries]
        lines = np.repeat(np.arange(len(queries)), counts)
        pairs = np.arange(len(lines)) + np.repeat(starts[queries] - (np.cumsum(counts) - counts), counts)
        reached = lower_bounds(ordered, lines, positives.cosines[pairs] - ROUNDING)
        ahead[pairs] = num_rivals - reached - positives.own[pairs]
    return ahead, totals


def _ordered(question: Question) -> Iterable[Ordered]:
    """Give queries, as numbers in `asked`, with their cosines to all that could be negatives for them, ascending.

    Who could be one does not depend on what a query is called: under shuffled labels this is compared and sorted once.
    """
    places, negatives = question.among, question.among[question.negatives]
    names, counts = np.unique(places[question.asked], return_counts=True)
    if sum(int(count) * np.count_nonzero(negatives == name) for name, count in zip(names, counts, strict=True)) > _KEPT:
        return _compare_all(question)
    inputs = (question.values, question.asked, question.negatives, partition(places))
    return remembered(lambda: list(_compare_all(question)), "ordered", *inputs)


def _compare_all(question: Question) -> Iterator[Ordered]:
    order = np.argsort(question.among[question.asked], kind="stable")
    places, first = np.unique(question.among[question.asked][order], return_index=True)
    for place, queries in zip(places, np.split(order, first[1:]), strict=True):
        rivals = np.flatnonzero(question.negatives & (question.among == place))
        theirs = unit(question.values[rivals])
        for block in blocks(len(queries), len(rivals)) if len(rivals) else ():
            cosines = unit(question.values[question.asked[queries[block]]]) @ theirs.T
            cosines.sort(axis=1)
            yield queries[block], cosines
