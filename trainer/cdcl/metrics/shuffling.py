"""The null of a score: its value when labels are dealt anew among wells that could have been exchanged.

Analytic chance knows neither what a batch tells of its treatments nor that all treated wells differ from controls.
Labels that are shuffled within batches keep both: what a score reaches then, it reaches without knowing any treatment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.labels import LABELS, clusters_of, is_treated, label_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

DRAWS = 20
"""Shuffles: their mean is then known to a quarter of their spread, and their range is about a 95 % interval."""


@dataclass(frozen=True)
class Null:
    """How labels are shuffled.

    Attributes
    ----------
    labels
        Columns whose values move, together, from well to well.
    within
        Wells with one value of this column exchange them; "" all wells. A screen without the column is one group.
    treated
        Only treated wells take part: controls stay controls.
    draws, seed
        The same seed gives the same shuffles.
    """

    labels: tuple[str, ...] = LABELS
    within: str = "batch"
    treated: bool = True
    draws: int = DRAWS
    seed: int = 0

    def rows(self, profiles: Profiles) -> NDArray[np.int64]:
        """Give the row whose labels each profile bears, for each shuffle, shape (draws, N).

        Profiles of one well move together. Profiles without any of the labels take no part.
        """
        wells = clusters_of(profiles)
        first, unit = np.unique(wells, return_index=True, return_inverse=True)[1:]
        strata = self._strata(profiles)[first]
        able = strata >= 0
        rng = np.random.default_rng([self.seed, len(profiles), len(first)])
        drawn = np.tile(np.arange(len(first)), (self.draws, 1))
        for stratum in np.unique(strata[able]).tolist():
            members = np.flatnonzero(strata == stratum)
            drawn[:, members] = rng.permuted(np.tile(members, (self.draws, 1)), axis=1)
        rows = first[drawn[:, unit.reshape(-1)]]
        own = drawn == np.arange(len(first))
        # A well that keeps its labels keeps those of each of its sites, should they differ.
        return np.where(own[:, unit.reshape(-1)], np.arange(len(profiles)), rows)

    def relabel(self, profiles: Profiles, rows: NDArray[np.int64]) -> Profiles:
        """Give the profiles with the labels of other rows, shape (N,)."""
        names = [name for name in self.labels if name in profiles.table]
        moved = profiles.table[names].iloc[rows].reset_index(drop=True)
        table = profiles.table.reset_index(drop=True).assign(**{name: moved[name] for name in names})
        if "well" in table and {"batch", "plate"} & set(self.labels):
            # Wells stay the wells they were, though the name of their plate moves on.
            table["well"] = [f"well {number}" for number in clusters_of(profiles)]
        return replace(profiles, table=table)

    def moves(self, profiles: Profiles) -> bool:
        """Whether any well can get another label: not where each group of wells has one label."""
        name = next((name for name in self.labels if name in profiles.table), None)
        if name is None:
            return False
        strata, codes = self._strata(profiles), label_codes(profiles, name)[0]
        pairs = np.unique(np.stack([strata, codes], axis=1)[strata >= 0], axis=0)
        return bool(len(pairs) > len(np.unique(pairs[:, 0])))

    def _strata(self, profiles: Profiles) -> NDArray[np.int64]:
        """Number the group within which each profile's well exchanges labels, -1 for those that do not. Shape (N,)."""
        strata = np.zeros(len(profiles), dtype=np.int64)
        if self.within and self.within in profiles.table:
            strata = label_codes(profiles, self.within)[0]
        if self.treated:
            strata = np.where(is_treated(profiles), strata, -1)
        return strata


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Give mean and 95 % interval of the values that are not NaN; NaN where these are fewer than half."""
    known = np.array([value for value in values if not pd.isna(value)])
    if 2 * len(known) < len(values) or not len(known):
        return float("nan"), float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(known.mean()), float(low), float(high)
