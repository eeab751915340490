"""Centre and spread of each plate's references, by moments or by ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.corrections.method import FEWEST_REFERENCES
from cdcl.profiles.groups import sums_by
from cdcl.profiles.scaling import usable_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.sample import Sample

    Table = NDArray[np.float64]

MAD_TO_DEVIATION = 1.482602218505602
"""Median absolute deviation to standard deviation, where the distribution is normal: 1 / Phi^-1(3/4)."""


def means(sample: Sample) -> Table:
    """Average the references of each group, shape (G, D)."""
    return sums_by(sample.values[sample.reference], sample.groups[sample.reference]) / sample.counts()[:, None]


def medians(sample: Sample) -> Table:
    """Give the median of the references of each group, shape (G, D)."""
    return _medians(sample.values[sample.reference], sample.groups[sample.reference])


def own_deviations(sample: Sample, centres: Table) -> Table:
    """Give the standard deviation of each group's references about `centres` (G, D), shape (G, D)."""
    rows = sample.reference
    squares = sums_by((sample.values[rows] - centres[sample.groups[rows]]) ** 2, sample.groups[rows])
    return np.asarray(np.sqrt(squares / np.maximum(1, sample.counts() - 1)[:, None]))


def pooled_deviation(sample: Sample, centres: Table) -> Table:
    """Give the standard deviation of all learning references about their own group's centre, shape (D,)."""
    rows = sample.learning
    squares = ((sample.values[rows] - centres[sample.groups[rows]]) ** 2).sum(axis=0)
    freedom = rows.sum() - len(np.unique(sample.groups[rows]))
    return np.asarray(np.sqrt(squares / max(1, freedom)))


def own_mads(sample: Sample, centres: Table) -> Table:
    """Give the scaled median absolute deviation of each group's references, shape (G, D)."""
    rows = sample.reference
    return MAD_TO_DEVIATION * _medians(np.abs(sample.values[rows] - centres[sample.groups[rows]]), sample.groups[rows])


def pooled_mad(sample: Sample, centres: Table) -> Table:
    """Give the scaled median absolute deviation of all learning references about their own group's centre, (D,)."""
    rows = sample.learning
    away = np.abs(sample.values[rows] - centres[sample.groups[rows]])
    return np.asarray(MAD_TO_DEVIATION * np.median(away, axis=0))


def choose(sample: Sample, own: Table, pooled: Table, centres: Table) -> Table:
    """Give each group its own scale where it has references enough, else the pooled one; (G, D).

    A feature without spread gets an infinite scale: it becomes 0.
    """
    scales = np.where(sample.counts()[:, None] < FEWEST_REFERENCES, pooled, own)
    return usable_scale(scales, centres)


def few_references(sample: Sample) -> tuple[str, ...]:
    """Say which share of the groups is too small for a scale of its own."""
    few = int((sample.counts() < FEWEST_REFERENCES).sum())
    if not few:
        return ()
    note = (
        f"{few} of {len(sample.names)} plates have fewer than {FEWEST_REFERENCES} references: "
        "they keep their own centre, and take the scale pooled over all plates."
    )
    return (note,)


def _medians(values: Table, groups: NDArray[np.int64]) -> Table:
    table: Table = pd.DataFrame(values).groupby(groups).median().to_numpy(dtype=np.float64)
    return table
