"""Percent replicating: how many treatments have replicates more alike than strangers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.intervals import wilson
from cdcl.metrics.labels import is_treated, label_codes
from cdcl.metrics.memory import remembered
from cdcl.metrics.score import Score, unavailable
from cdcl.profiles.scaling import unit
from cdcl.screen.groups import rows_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

PERCENTILE = 95
"""Of the strangers' correlations, a treatment has to lie above this percentile."""

DRAWS = 100_000
"""Strangers drawn for each number of replicates, in at least 1000 sets: fewer leave the percentile to luck."""

MOST_REPLICATES = 50
"""Of a treatment with more, so many are drawn."""

_BLOCK_NUMBERS = 8_000_000
"""Values held at a time: 64 MB in float64."""


def percent_replicating(profiles: Profiles, column: str = "treatment", *, seed: int = 0) -> Score:
    """Score the share of treatments whose replicates correlate more than 95 % of random sets do.

    The median of the pairwise Pearson correlations of a treatment's replicates is compared with the same median in
    thousands of sets of as many profiles of different treatments. It is an older score, which mAP supersedes: it
    ignores batches, so replicates on one plate, or a batch with a treatment of its own, raise it.

    Parameters
    ----------
    column
        What names replicates of one another.

    Returns
    -------
    Score
        With `groups`: label, value (median correlation), count (replicates), threshold, replicates. Chance is 0.05.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    labels, names = label_codes(profiles, column)
    labels = np.where(is_treated(profiles), labels, -1)
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    chosen = np.flatnonzero(counts > 1)
    if not len(chosen) or (counts > 0).sum() < 2:
        reason = f"replicates need a {column} in two profiles, and another {column} to compare with"
        return unavailable("percent_replicating", reason, level=profiles.level)
    rng = np.random.default_rng([seed, len(labels)])
    rows_of = rows_of_groups(labels, len(names))
    members = {label: _some(rows_of[label], rng) for label in chosen.tolist()}
    sizes = np.array([len(rows) for rows in members.values()])
    medians = _medians(profiles.values, list(members.values()), sizes)
    # Strangers are strangers under any labels, so that their percentile need not be drawn again for shuffled ones.
    limits = {
        size: remembered(partial(_threshold, profiles, labels, size, rng), "strangers", profiles.values, size)
        for size in np.unique(sizes).tolist()
    }
    thresholds = np.array([limits[size] for size in sizes.tolist()])
    hits = medians > thresholds
    low, high = wilson(int(hits.sum()), len(hits))
    groups = pd.DataFrame({"label": names[chosen], "value": medians, "count": counts[chosen]})
    return Score(
        "percent_replicating",
        value=float(hits.mean()),
        low=low,
        high=high,
        count=len(hits),
        chance=1 - PERCENTILE / 100,
        groups=groups.assign(threshold=thresholds, replicates=hits),
        note=f"{int(hits.sum())} of {len(hits)}; knows no batches",
        level=profiles.level,
    )


def _some(rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= MOST_REPLICATES else np.sort(rng.choice(rows, MOST_REPLICATES, replace=False))


def _medians(
    values: NDArray[np.float32], members: list[NDArray[np.int64]], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the median correlation of each set of rows, shape (S,): all sets of one size at once."""
    medians = np.empty(len(members))
    for size in np.unique(sizes).tolist():
        chosen = np.flatnonzero(sizes == size)
        together = max(1, _BLOCK_NUMBERS // (size * values.shape[1]))
        for start in range(0, len(chosen), together):
            some = chosen[start : start + together]
            medians[some] = _median_correlation(values[np.stack([members[number] for number in some.tolist()])])
    return medians


def _median_correlation(sets: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the median pairwise Pearson correlation in each set of profiles (S, n, D), shape (S,)."""
    count, size, dim = sets.shape
    centred = sets.astype(np.float64) - sets.mean(axis=2, keepdims=True, dtype=np.float64)
    units = unit(centred.reshape(count * size, dim)).reshape(sets.shape)
    above = np.triu_indices(size, k=1)
    medians: NDArray[np.float64] = np.median((units @ units.transpose(0, 2, 1))[:, *above], axis=1)
    return medians


def _threshold(profiles: Profiles, labels: NDArray[np.int64], size: int, rng: np.random.Generator) -> float:
    """Give the 95th percentile of the median correlation of `size` profiles of different labels (or of all labels)."""
    known = np.flatnonzero(labels >= 0)
    order = known[np.argsort(labels[known], kind="stable")]
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    counts = np.diff(np.append(starts, len(order)))
    size = min(size, len(starts))
    medians, total = [], max(1000, DRAWS // size)
    for done in range(0, total, per_chunk := max(1, _BLOCK_NUMBERS // (size * profiles.values.shape[1]))):
        draws = min(per_chunk, total - done)
        strangers = _distinct(draws, size, len(starts), rng)
        rows = order[starts[strangers] + (rng.random((draws, size)) * counts[strangers]).astype(np.int64)]
        medians.append(_median_correlation(profiles.values[rows]))
    return float(np.percentile(np.concatenate(medians), PERCENTILE))


def _distinct(draws: int, size: int, total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `size` different numbers below `total`, `draws` times. Shape (draws, size)."""
    if total < size**2:  # most draws would repeat a number
        return np.argsort(rng.random((draws, total)), axis=1)[:, :size]
    drawn = rng.integers(total, size=(draws, size))
    wrong = np.arange(draws)
    # To sort all numbers for each draw would take memory and time by the number of labels.
    while len(wrong := wrong[(np.diff(np.sort(drawn[wrong], axis=1), axis=1) == 0).any(axis=1)]):
        drawn[wrong] = rng.integers(total, size=(len(wrong), size))
    return drawn
