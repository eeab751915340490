"""kBET: whether the batches around a profile are mixed as in the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.intervals import cluster_bootstrap
from cdcl.metrics.mixing import Neighbourhoods, neighbourhoods, why_not
from cdcl.metrics.score import Score, unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

SIGNIFICANCE = 0.05
"""A neighbourhood whose batches are less likely than this under perfect mixing is rejected."""


def kbet(profiles: Profiles, column: str = "batch", *, k: int | None = None) -> Score:
    """Score the acceptance of the k-nearest-neighbour batch effect test: the share of neighbourhoods with p >= 0.05.

    Pearson's chi-square compares the batches of the k nearest profiles by cosine with the batches of the whole screen
    (Büttner et al. 2019; acceptance, so higher is better mixed). Profiles of the query's own well are no neighbours:
    they share its batch by construction. A perfectly mixed embedding reaches about 0.95; so does noise. With
    one batch or too few profiles the value is NaN.

    Parameters
    ----------
    k
        Neighbours; 0.5 % of the profiles but at least 10 by default, so that 10 000 profiles give the usual 50.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    k = k if k is not None else max(10, len(profiles) // 200)
    if reason := why_not(profiles, column, k):
        return unavailable("kbet", reason, level=profiles.level)
    found = neighbourhoods(profiles, column, k)
    accepted = (_p_values(found) >= SIGNIFICANCE).astype(np.float64)
    low, high = cluster_bootstrap(accepted, found.clusters)
    return Score(
        "kbet",
        value=float(accepted.mean()),
        low=low,
        high=high,
        count=len(accepted),
        chance=1 - SIGNIFICANCE,
        groups=found.per_label(accepted),
        note=found.note(),
        level=profiles.level,
    )


def _p_values(found: Neighbourhoods) -> NDArray[np.float64]:
    frequencies = np.bincount(found.labels) / len(found.labels)
    counts = found.add_by_label(np.ones(found.rows.shape))
    return chi_square_p(counts, found.rows.shape[1] * frequencies)


def chi_square_p(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give Pearson's p for the counts (Q, L) of each neighbourhood, with L - 1 degrees of freedom."""
    statistic = ((counts - expected) ** 2 / expected).sum(axis=1)
    from scipy.special import chdtrc  # takes a moment to import

    p_values: NDArray[np.float64] = chdtrc(len(expected) - 1, statistic)
    return p_values
