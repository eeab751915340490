"""Rank-based inverse normal transformation: each feature's ranks become quantiles of the normal distribution.

With Blom's offset (1958), c = 3/8, the value of rank r among n becomes Phi^-1((r - c) / (n - 2c + 1)). The ranks are
among the profiles that were learned from, which are stored; so what a profile becomes does not depend on who is
corrected with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

BLOM = 0.375
"""Offset of the ranks (Blom 1958, Statistical estimates and transformed beta-variables)."""

MOST_STORED = 4096
"""Quantiles kept a feature: the normal quantile between two neighbours moves by less than 0.001 in the middle."""


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    ordered = np.sort(sample.values[sample.learning], axis=0)
    if len(ordered) > MOST_STORED:
        ordered = ordered[np.linspace(0, len(ordered) - 1, MOST_STORED).round().astype(np.int64)]
    return Learned({"ordered": ordered, "count": np.array(int(sample.learning.sum()))})


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    from scipy.special import ndtri  # takes a moment to import

    del settings
    ordered, count = np.asarray(arrays["ordered"], dtype=np.float64), int(arrays["count"])
    result = np.empty_like(sample.values)
    for feature, values in enumerate(sample.values.T):
        column = ordered[:, feature]
        below, upto = np.searchsorted(column, values, "left"), np.searchsorted(column, values, "right")
        # Equal values share the middle of their ranks; one between two stored values gets the middle of theirs.
        share = np.where(upto > below, (below + upto + 1) / 2, below + 0.5) / len(column)
        ranks = np.clip(share * count, 1, count)
        result[:, feature] = ndtri((ranks - BLOM) / (count - 2 * BLOM + 1))
    return result


RANK_NORMAL = Method("Rank-normalised", "", _fit, _apply, of_all=True)
"""Of all profiles, as Arevalo et al. (2024) do after scaling by controls."""
