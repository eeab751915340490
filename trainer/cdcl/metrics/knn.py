"""k-nearest-neighbour recognition: whether neighbours from elsewhere carry the same label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.answerable import Answerable
from cdcl.metrics.labels import LABELS, clusters_of, label_codes
from cdcl.metrics.memory import is_memoising
from cdcl.metrics.neighbours import Neighbours, nearest
from cdcl.metrics.recognition import recognition
from cdcl.metrics.sampling import drawn, drawn_note
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.metrics.several import parts_of, sharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from cdcl.profiles import Profiles

TEMPERATURE = 0.07
"""A neighbour of cosine c votes with weight exp(c / 0.07), as in DINO's k-NN (Caron et al. 2021)."""

K = 10
"""So many neighbours vote, or as many as a query has right answers where these are fewer.

Of 10 votes on a query with 2 right answers 8 are cast against it, however near the two lie: the question is then about
the screen's size and not about the profiles.
"""

_BLOCK_NUMBERS = 4_000_000
"""Pairs of voters compared at a time: 32 MB."""

_ROUNDING = 1e-12
"""Sums of weights that differ by a smaller share are equal."""

NUISANCES = ("batch", "plate", "well", "position")
"""What a good embedding does not tell apart."""


def knn_accuracy(  # noqa: PLR0913
    profiles: Profiles,
    column: str,
    *,
    k: int = K,
    diffby: Sequence[str] = ("batch",),
    queries: ArrayLike | None = None,
    bank: ArrayLike | None = None,
    centred: bool = False,
) -> Score:
    """Measure how often the weighted vote of the nearest allowed profiles names the query's own label.

    A neighbour is allowed if it is not the query itself and differs from it in every column of `diffby` ("plate" and
    "well" name places in the whole screen, "position" the same well of any plate). A query that has no right answer, or
    no wrong one, among its allowed neighbours is not counted; the note says how many. If none is left, the value is
    NaN.

    Chance is the share of allowed neighbours with the query's label, averaged over counted queries: the accuracy of one
    neighbour drawn at random. The interval draws wells with replacement. In a large screen a sample of the profiles is
    asked; all of them may answer.

    Parameters
    ----------
    column
        The label: "treatment", or "batch" with `diffby=("well",)` to ask whether batches can still be recognised.
    k
        Neighbours that vote; fewer where a query has fewer right answers.
    diffby
        Columns in which a neighbour must differ.
    queries, bank
        Rows or masks of who is asked and who may answer; all by default.
    centred
        Take the mean of the profiles that may answer off all profiles before their cosines. Where features share a
        direction all cosines are near 1 and the vote is blunt; the name then ends in `_centred`.

    Returns
    -------
    Score
        With `groups`: label, value, low, high, count.

    Raises
    ------
    ProfilesError
        If the table lacks a column.
    """
    trial = _arrange(profiles, column, diffby, (queries, bank))
    able, elsewhere = _count_answers(trial), f"in another {' and '.join(diffby) or 'profile'}"
    name = "_".join([column, "knn", *(["other"] if diffby else []), *diffby, *(["centred"] if centred else [])])
    better = column not in NUISANCES
    if reason := able.reason(column, elsewhere):
        return able.mark(unavailable(name, reason, level=profiles.level, higher_is_better=better))
    counted = np.flatnonzero(able.both)
    asked = drawn(counted, len(trial.answering))
    votes, rows = np.minimum(k, able.right[asked]), trial.asked[asked]
    values = _centred(profiles.values, trial.answering) if centred else profiles.values
    answers, names = _answers(_find(values, trial, asked, k), trial, rows, votes)
    right, allowed = able.right[asked], (able.right + able.wrong)[asked]
    score = recognition(name, answers, names, clusters_of(profiles)[rows])
    return replace(
        able.mark(score),
        chance=float((right / allowed).mean()),
        higher_is_better=better,
        note=in_words(
            _voting(votes),
            "less the mean of all that may answer" * centred,
            able.left_out(column, elsewhere),
            drawn_note(len(asked), len(counted)),
        ),
        level=profiles.level,
    )


def _voting(votes: NDArray[np.int64]) -> str:
    """Say how many neighbours vote."""
    least, most = int(votes.min()), int(votes.max())
    if least == most:
        return f"k = {most}" + ", as many as a query has right answers" * (most < K)
    return f"k = {least} to {most}, as many as a query has right answers"


def knn_share(
    profiles: Profiles,
    column: str,
    *,
    diffby: Sequence[str] = ("batch",),
    queries: ArrayLike | None = None,
    bank: ArrayLike | None = None,
) -> tuple[float, float]:
    """Give value and chance of `knn_accuracy` alone: all that a curve needs, at a fraction of the work.

    All that can be answered is asked, so it is for small samples. Both are NaN where nothing can be answered.

    Raises
    ------
    ProfilesError
        If the table lacks a column.
    """
    able = _count_answers(_arrange(profiles, column, diffby, (queries, bank)))
    counted = able.both
    if not counted.any():
        return float("nan"), float("nan")
    hits = knn_hits(profiles, column, diffby, queries=queries, bank=bank)
    return float(np.nanmean(hits)), float((able.right / (able.right + able.wrong))[counted].mean())


def knn_hits(
    profiles: Profiles,
    column: str,
    diffby: Sequence[str] = (),
    *,
    queries: ArrayLike | None = None,
    bank: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Tell of each profile whether the vote of `knn_accuracy` names its label: 1 or 0, NaN where it is not asked.

    All that can be answered is asked. Shape (N,).

    Raises
    ------
    ProfilesError
        If the table lacks a column.
    """
    trial = _arrange(profiles, column, diffby, (queries, bank))
    able = _count_answers(trial)
    hits = np.full(len(profiles), np.nan)
    if able.both.any():
        counted = np.flatnonzero(able.both)
        found = _find(profiles.values, trial, counted, K)
        rows = trial.asked[counted]
        (truth, predicted), _ = _answers(found, trial, rows, np.minimum(K, able.right[counted]))
        hits[rows] = predicted == truth
    return hits


@dataclass(frozen=True)
class _Trial:
    """Who is asked, who may answer, and with what labels and places, as numbers; and which places move with labels.

    `parts` takes labels apart that are several, as `parts_of` does.
    """

    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    places: NDArray[np.int64]
    asked: NDArray[np.int64]
    answering: NDArray[np.int64]
    moving: NDArray[np.bool_]
    parts: tuple[NDArray[np.bool_], NDArray[np.str_]] | None


def _arrange(
    profiles: Profiles, column: str, diffby: Sequence[str], chosen: tuple[ArrayLike | None, ArrayLike | None]
) -> _Trial:
    labels, names = label_codes(profiles, column)
    # A profile's own number keeps it from answering itself; a place in `diffby` does so anyway.
    places = np.stack([label_codes(profiles, place)[0] for place in diffby] or [np.arange(len(labels))], axis=1)
    known = (labels >= 0) & (places >= 0).all(axis=1)
    asked, answering = (_rows(rows, known) for rows in chosen)
    moving = np.isin(diffby, LABELS) if len(diffby) else np.zeros(1, dtype=bool)
    return _Trial(labels, names, places, asked, answering, moving, parts_of(names, column))


def _rows(chosen: ArrayLike | None, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    if chosen is None:
        return np.flatnonzero(known)
    rows = np.asarray(chosen)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    return np.asarray(rows[known[rows]])


def _count_answers(trial: _Trial) -> Answerable:
    """Count for each query the allowed bank rows of its own label and of others, by inclusion and exclusion."""
    same, allowed = np.zeros((2, len(trial.asked)), dtype=np.int64)
    num_places = trial.places.shape[1]
    for size in range(num_places + 1):
        for chosen in combinations(range(num_places), size):
            shared = trial.places[:, list(chosen)]
            allowed += (-1) ** size * _count_equal(shared, trial)
            same += (-1) ** size * _count_same(shared, trial)
    return Answerable(same, allowed - same)


def _count_equal(keys: NDArray[np.int64], trial: _Trial) -> NDArray[np.int64]:
    """Count for each query the bank rows with equal keys (N, M)."""
    if not keys.shape[1]:
        return np.full(len(trial.asked), len(trial.answering))
    numbers = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(numbers[trial.answering], minlength=len(numbers))
    return np.asarray(counts[numbers[trial.asked]])


def _count_same(keys: NDArray[np.int64], trial: _Trial) -> NDArray[np.int64]:
    """Count for each query the bank rows with equal keys (N, M) that have its label, or any of its labels."""
    if trial.parts is None:
        return _count_equal(np.column_stack([trial.labels, keys]), trial)
    same = sharing(trial.parts[0])
    numbers = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1) if keys.shape[1] else 0 * trial.labels
    counts, size = np.zeros(len(trial.asked), dtype=np.int64), int(numbers.max(initial=0)) + 1
    asked, answering = trial.labels[trial.asked], trial.labels[trial.answering]
    for label in np.unique(asked).tolist():  # a few hundred at most: pairs of queries and answers may be billions
        sharers = trial.answering[same[label][answering]]
        own = asked == label
        counts[own] = np.bincount(numbers[sharers], minlength=size)[numbers[trial.asked[own]]]
    return counts


def _centred(values: NDArray[np.float32], bank: NDArray[np.int64]) -> NDArray[np.float32]:
    """Take the mean of the bank's rows off all values (N, D)."""
    less: NDArray[np.float32] = values - values[bank].mean(axis=0, dtype=np.float64).astype(np.float32)
    return less


def _find(values: NDArray[np.float32], trial: _Trial, chosen: NDArray[np.int64], k: int) -> Neighbours:
    """Find the neighbours of chosen queries (numbers in `trial.asked`); `rows` are numbers in `trial.answering`."""
    # Which queries can be answered changes from shuffle to shuffle: then all neighbours are found, once.
    every = is_memoising() and len(drawn(trial.asked, len(trial.answering))) == len(trial.asked)
    asked = trial.asked if every else trial.asked[chosen]
    codes = (trial.places[asked], trial.places[trial.answering])
    ours, theirs = values[asked], values[trial.answering]
    wide = _around(ours, theirs, k, codes, trial.moving) if every and trial.moving.any() else None
    found = wide or nearest(ours, theirs, k, query_codes=codes[0], bank_codes=codes[1])
    return Neighbours(found.rows[chosen], found.similarities[chosen]) if every else found


def _around(
    queries: NDArray[np.float32],
    bank: NDArray[np.float32],
    k: int,
    codes: tuple[NDArray[np.int64], NDArray[np.int64]],
    moving: NDArray[np.bool_],
) -> Neighbours | None:
    """Find neighbours from which those are left out last that differ from shuffle to shuffle; None if too many.

    However compounds are dealt, among the k nearest and as many more as a compound has wells are the k nearest of
    other compounds.
    """
    most = sum(int(np.bincount(theirs).max(initial=0)) for theirs in codes[1][:, moving].T)
    if len(queries) * (k + most) > _BLOCK_NUMBERS:
        return None
    ours, theirs = (each[:, ~moving] for each in codes)
    found = nearest(queries, bank, min(k + most, len(bank)), query_codes=ours, bank_codes=theirs)
    shared = found.rows < 0
    for own, others in zip(codes[0][:, moving].T, codes[1][:, moving].T, strict=True):
        shared |= others[found.rows] == own[:, None]
    order = np.argsort(shared, axis=1, kind="stable")[:, :k]
    left = np.take_along_axis(shared, order, axis=1)
    rows, cosines = (np.take_along_axis(each, order, axis=1) for each in (found.rows, found.similarities))
    return Neighbours(np.where(left, -1, rows), np.where(left, -np.inf, cosines))


def _answers(
    found: Neighbours, trial: _Trial, rows: NDArray[np.int64], votes: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.str_]]:
    """Give true and predicted label of each query, as numbers, and what these are called.

    Where a query has several labels, the true one is that which was predicted if it has it, else its first.
    """
    labels = trial.labels[trial.answering]
    if trial.parts is None:
        return (trial.labels[rows], _vote(found, labels, votes)), trial.names
    held, singles = trial.parts
    voting = (found.rows >= 0) & (np.arange(found.rows.shape[1]) < votes[:, None])
    weights = np.where(voting, np.exp((found.similarities - 1.0) / TEMPERATURE), 0.0)
    sums = np.zeros((len(rows), len(singles)))
    for voter in range(weights.shape[1]):
        sums += weights[:, voter, None] * held[labels[found.rows[:, voter]]]
    predicted = (sums >= sums.max(axis=1, keepdims=True) * (1 - _ROUNDING)).argmax(axis=1)
    own = held[trial.labels[rows]]
    right = own[np.arange(len(rows)), predicted]
    return (np.where(right, predicted, own.argmax(axis=1)), predicted), singles


def _vote(found: Neighbours, labels: NDArray[np.int64], votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the label with the largest sum of weights; of equal sums the first in the alphabet.

    Parameters
    ----------
    votes
        How many of its neighbours vote on each query, shape (Q,).
    """
    winners = np.empty(len(votes), dtype=np.int64)
    size = max(1, _BLOCK_NUMBERS // max(1, found.rows.shape[1]) ** 2)
    for block in (slice(start, start + size) for start in range(0, len(votes), size)):
        winners[block] = _winners(found.rows[block], found.similarities[block], labels, votes[block])
    return winners


def _winners(
    rows: NDArray[np.int64], similarities: NDArray[np.float64], labels: NDArray[np.int64], votes: NDArray[np.int64]
) -> NDArray[np.int64]:
    voting = (rows >= 0) & (np.arange(rows.shape[1]) < votes[:, None])
    weights = np.where(voting, np.exp((similarities - 1.0) / TEMPERATURE), 0.0)
    named = np.where(voting, labels[rows], -1)
    # Each voter adds up the weights of all who name the same label: k x k comparisons are quicker than a sort.
    sums = np.einsum("qij,qj->qi", named[:, :, None] == named[:, None, :], weights)
    best = np.where(voting, sums, -1.0).max(axis=1)
    # Sums of the same weights in another order differ by rounding.
    first = voting & (sums >= (best * (1 - _ROUNDING))[:, None])
    won: NDArray[np.int64] = np.where(first, named, np.iinfo(np.int64).max).min(axis=1)
    return won
