"""NMI and ARI: whether clusters that are found without labels are the treatments."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.labels import is_treated, label_codes
from cdcl.metrics.memory import is_shuffling, remembered
from cdcl.metrics.sampling import drawn_note
from cdcl.metrics.score import Score, in_words, unavailable
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

MOST_LABELS, MOST_PROFILES = 100, 5000
"""Of a large screen so many are drawn."""

_STARTS, _MOST_ROUNDS = 3, 50
"""Of k-means: the best of three starts, each of at most 50 rounds."""
_SHUFFLES = 10
"""Shuffles of the labels, whose mean is the level of chance."""


def nmi(profiles: Profiles, column: str = "treatment", *, seed: int = 0) -> Score:
    """Score the mutual information of clusters and labels, divided by the mean of their entropies: 0 to 1.

    As many k-means clusters are sought as there are labels, among profiles of unit length, by three starts. Negative
    controls take no part, nor do labels with one profile. Many small clusters share information by accident: `chance`
    is the value of labels in random order. The clustering is that of scib-metrics; Arevalo et al. 2024 have Leiden's.

    Parameters
    ----------
    column
        The labels.
    seed
        Of the k-means starts, and of the random order behind `chance`.

    Returns
    -------
    Score
        0 to 1, without an interval. NaN where there are too few labels or profiles to cluster.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    from sklearn.metrics import normalized_mutual_info_score  # scikit-learn takes seconds to import

    found = _cluster(profiles, column, seed)
    if found is None:
        return unavailable("nmi", _REASON.format(column), level=profiles.level)
    labels, clusters, note = found
    value, chance = float(normalized_mutual_info_score(labels, clusters)), nan
    if not is_shuffling():  # a shuffled score stands for chance itself
        rng = np.random.default_rng([seed, len(labels)])
        chances = [normalized_mutual_info_score(rng.permutation(labels), clusters) for _ in range(_SHUFFLES)]
        chance = float(np.mean(chances))
    return Score("nmi", value, count=len(labels), chance=chance, note=note, level=profiles.level)


def ari(profiles: Profiles, column: str = "treatment", *, seed: int = 0) -> Score:
    """Score the share of pairs that clusters and labels agree on, less what chance gives (Hubert & Arabie 1985).

    Parameters
    ----------
    column
        The labels; clusters are those of `nmi`.
    seed
        Of the k-means starts.

    Returns
    -------
    Score
        1 is equality, 0 chance, below 0 worse than chance; without an interval. NaN as in `nmi`.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    from sklearn.metrics import adjusted_rand_score  # scikit-learn takes seconds to import

    found = _cluster(profiles, column, seed)
    if found is None:
        return unavailable("ari", _REASON.format(column), level=profiles.level)
    labels, clusters, note = found
    value = float(adjusted_rand_score(labels, clusters))
    return Score("ari", value, count=len(labels), chance=0.0, note=note, level=profiles.level)


_REASON = "clusters are compared with two or more values of {}, each in two or more profiles"


def _cluster(profiles: Profiles, column: str, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], str] | None:
    """Give labels and clusters of the profiles that were asked, (n,) each, and a note; None where there are too few."""
    from sklearn.cluster import KMeans  # takes seconds to import

    labels = np.where(is_treated(profiles), label_codes(profiles, column)[0], -1)
    counts = np.bincount(labels[labels >= 0])
    able = np.flatnonzero(counts > 1)
    if len(able) < 2:
        return None
    rng = np.random.default_rng([seed, len(profiles)])
    chosen = able if len(able) <= MOST_LABELS else rng.choice(able, MOST_LABELS, replace=False)
    rows = np.flatnonzero(np.isin(labels, chosen))
    asked = rows if len(rows) <= MOST_PROFILES else np.sort(rng.choice(rows, MOST_PROFILES, replace=False))
    known = np.unique(labels[asked], return_inverse=True)[1].astype(np.int64)
    units = unit(profiles.values[asked])
    distinct = len(np.unique(units, axis=0))
    num = min(int(known.max()) + 1, distinct)
    means = KMeans(num, n_init=_STARTS, max_iter=_MOST_ROUNDS, random_state=seed)
    clusters = remembered(lambda: means.fit_predict(units).astype(np.int64), "clusters", units, num, seed)
    drawn = (drawn_note(len(chosen), len(able), "labels"), drawn_note(len(asked), len(rows)))
    return known, clusters, in_words(f"{num} k-means clusters", *drawn)
