"""k-nearest-neighbour recognition: whether neighbours from elsewhere carry the same label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.labels import clusters_of, codes_of, labels_of
from cdcl.metrics.neighbours import Neighbours, nearest
from cdcl.metrics.recognition import recognition
from cdcl.metrics.sampling import drawn, drawn_note
from cdcl.metrics.score import Score, in_words, unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from cdcl.profiles import Profiles

TEMPERATURE = 0.07
"""A neighbour of cosine c votes with weight exp(c / 0.07), as in DINO's k-NN (Caron et al. 2021, appendix E)."""

K = 10
"""So many neighbours vote."""

_NUISANCES = ("batch", "plate", "well")
"""What a good embedding does not tell apart."""


def knn_accuracy(  # noqa: PLR0913
    profiles: Profiles,
    column: str,
    *,
    k: int = K,
    diffby: Sequence[str] = ("batch",),
    queries: ArrayLike | None = None,
    bank: ArrayLike | None = None,
) -> Score:
    """Measure how often the weighted vote of the k nearest allowed profiles names the query's own label.

    A neighbour is allowed if it is not the query itself and differs from it in every column of `diffby` ("plate" and
    "well" name places in the whole screen, "position" the same well of any plate). A query whose label no allowed
    neighbour has cannot be answered and is not counted; the note says how many. If none can, the value is NaN. Chance
    is the share of allowed neighbours with the query's label, averaged over counted queries: the accuracy of one
    neighbour drawn at random. The interval draws wells with replacement. Of a large screen some profiles are asked, and
    all answer.

    Parameters
    ----------
    column
        The label: "treatment", or "batch" with `diffby=("well",)` to ask whether batches can still be told apart.
    queries, bank
        Rows or masks of who is asked and who may answer; all by default.

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
    same, allowed = _count_allowed(trial)
    counted = trial.asked[same > 0]
    name = "_".join([column, "knn", *(["other"] if diffby else []), *diffby])
    better, elsewhere = column not in _NUISANCES, f"in another {' and '.join(diffby) or 'profile'}"
    if not len(counted):
        return unavailable(name, f"no {column} occurs again {elsewhere}", level=profiles.level, higher_is_better=better)
    asked = drawn(counted, len(trial.answering))
    predicted = _recognise(profiles, trial, asked, k)
    chosen, left_out = np.isin(trial.asked, asked), len(trial.asked) - len(counted)
    uncounted = f"{left_out} profiles not counted: their {column} does not occur {elsewhere}" * bool(left_out)
    return replace(
        recognition(name, (trial.labels[asked], predicted), trial.names, clusters_of(profiles)[asked]),
        chance=float((same[chosen] / allowed[chosen]).mean()),
        higher_is_better=better,
        note=in_words(uncounted, drawn_note(len(asked), len(counted))),
        level=profiles.level,
    )


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
    trial = _arrange(profiles, column, diffby, (queries, bank))
    same, allowed = _count_allowed(trial)
    counted = same > 0
    if not counted.any():
        return float("nan"), float("nan")
    asked = trial.asked[counted]
    hits = _recognise(profiles, trial, asked, K) == trial.labels[asked]
    return float(hits.mean()), float((same[counted] / allowed[counted]).mean())


@dataclass(frozen=True)
class _Trial:
    """Who is asked, who may answer, and with what labels and places, as numbers."""

    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    places: NDArray[np.int64]
    asked: NDArray[np.int64]
    answering: NDArray[np.int64]


def _arrange(
    profiles: Profiles, column: str, diffby: Sequence[str], chosen: tuple[ArrayLike | None, ArrayLike | None]
) -> _Trial:
    labels, names = codes_of(labels_of(profiles, column))
    # A profile's own number keeps it from answering itself; a place in `diffby` does so anyway.
    places = np.stack([codes_of(labels_of(profiles, place))[0] for place in diffby] or [np.arange(len(labels))], axis=1)
    known = (labels >= 0) & (places >= 0).all(axis=1)
    asked, answering = (_rows(rows, known) for rows in chosen)
    return _Trial(labels, names, places, asked, answering)


def _rows(chosen: ArrayLike | None, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    if chosen is None:
        return np.flatnonzero(known)
    rows = np.asarray(chosen)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    return np.asarray(rows[known[rows]])


def _count_allowed(trial: _Trial) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count for each query the allowed bank rows of its own label, and all allowed ones, by inclusion and exclusion."""
    same, allowed = np.zeros((2, len(trial.asked)), dtype=np.int64)
    num_places = trial.places.shape[1]
    for size in range(num_places + 1):
        for chosen in combinations(range(num_places), size):
            shared = trial.places[:, list(chosen)]
            allowed += (-1) ** size * _count_equal(shared, trial)
            same += (-1) ** size * _count_equal(np.column_stack([trial.labels, shared]), trial)
    return same, allowed


def _count_equal(keys: NDArray[np.int64], trial: _Trial) -> NDArray[np.int64]:
    """Count for each query the bank rows with equal keys (N, M)."""
    if not keys.shape[1]:
        return np.full(len(trial.asked), len(trial.answering))
    numbers = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(numbers[trial.answering], minlength=len(numbers))
    return np.asarray(counts[numbers[trial.asked]])


def _recognise(profiles: Profiles, trial: _Trial, asked: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Give the label that the neighbours of each asked query vote for."""
    found = nearest(
        profiles.values[asked],
        profiles.values[trial.answering],
        k,
        query_codes=trial.places[asked],
        bank_codes=trial.places[trial.answering],
    )
    return _vote(found, trial.labels[trial.answering])


def _vote(found: Neighbours, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the label with the largest sum of weights; of equal sums the first in the alphabet."""
    weights = np.where(found.rows >= 0, np.exp((found.similarities - 1.0) / TEMPERATURE), 0.0)
    queries = np.repeat(np.arange(len(weights)), weights.shape[1])
    cast = pd.DataFrame({"query": queries, "label": labels[found.rows].ravel(), "weight": weights.ravel()})
    votes = cast.groupby(["query", "label"], as_index=False)["weight"].sum()
    winners = votes.groupby("query")["weight"].idxmax()
    labels_won: NDArray[np.int64] = votes.loc[winners, "label"].to_numpy(dtype=np.int64)
    return labels_won
