"""k-nearest-neighbour recognition: whether neighbours from elsewhere carry the same label."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import cluster_bootstrap, wilson
from cdcl.metrics.labels import clusters_of, codes_of, labels_of
from cdcl.metrics.neighbours import Neighbours, nearest
from cdcl.metrics.score import Score, unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from cdcl.profiles import Profiles

TEMPERATURE = 0.07
"""A neighbour of cosine c votes with weight exp(c / 0.07), as in DINO's k-NN (Caron et al. 2021, appendix E)."""

_NUISANCES = ("batch", "plate", "well")
"""What a good embedding does not tell apart."""


def knn_accuracy(  # noqa: PLR0913
    profiles: Profiles,
    column: str,
    *,
    k: int = 10,
    diffby: Sequence[str] = ("batch",),
    queries: ArrayLike | None = None,
    bank: ArrayLike | None = None,
) -> Score:
    """Measure how often the weighted vote of the k nearest allowed profiles names the query's own label.

    A neighbour is allowed if it is not the query itself and differs from it in every column of `diffby` ("plate" and
    "well" name places in the whole screen). A query whose label no allowed neighbour has cannot be answered and is not
    counted; the note says how many. If none can, the value is NaN. Chance is the share of allowed neighbours with the
    query's label, averaged over counted queries: the accuracy of one neighbour drawn at random. The interval draws
    wells with replacement.

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
    hits = _recognise(profiles, trial, counted, k)
    low, high = cluster_bootstrap(hits, clusters_of(profiles)[counted])
    left_out = len(trial.asked) - len(counted)
    return Score(
        name,
        value=float(hits.mean()),
        low=low,
        high=high,
        count=len(counted),
        chance=float((same[same > 0] / allowed[same > 0]).mean()),
        higher_is_better=better,
        groups=_per_label(trial.names[trial.labels[counted]], hits),
        note=f"{left_out} profiles not counted: their {column} does not occur {elsewhere}" if left_out else "",
        level=profiles.level,
    )


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


def _recognise(profiles: Profiles, trial: _Trial, counted: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Give 1 for each counted query whose neighbours vote for its label, else 0."""
    found = nearest(
        profiles.values[counted],
        profiles.values[trial.answering],
        k,
        query_codes=trial.places[counted],
        bank_codes=trial.places[trial.answering],
    )
    hits: NDArray[np.float64] = np.equal(_vote(found, trial.labels[trial.answering]), trial.labels[counted]) * 1.0
    return hits


def _vote(found: Neighbours, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the label with the largest sum of weights; of equal sums the first in the alphabet."""
    weights = np.where(found.rows >= 0, np.exp((found.similarities - 1.0) / TEMPERATURE), 0.0)
    queries = np.repeat(np.arange(len(weights)), weights.shape[1])
    cast = pd.DataFrame({"query": queries, "label": labels[found.rows].ravel(), "weight": weights.ravel()})
    votes = cast.groupby(["query", "label"], as_index=False)["weight"].sum()
    winners = votes.groupby("query")["weight"].idxmax()
    labels_won: NDArray[np.int64] = votes.loc[winners, "label"].to_numpy(dtype=np.int64)
    return labels_won


def _per_label(labels: NDArray[np.str_], hits: NDArray[np.float64]) -> pd.DataFrame:
    groups = pd.DataFrame({"label": labels, "hit": hits}).groupby("label")["hit"].agg(["sum", "mean", "size"])
    limits = np.array(
        [wilson(int(total), int(size)) for total, size in zip(groups["sum"], groups["size"], strict=True)]
    )
    columns = {"value": groups["mean"], "low": limits[:, 0], "high": limits[:, 1], "count": groups["size"]}
    return pd.DataFrame(columns).reset_index()
