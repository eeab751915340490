"""What a correction changed: a correction that changed nothing must not pass for one that worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.groups import variance_between
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.profiles import Profiles

NOTHING = 1e-3
"""A mean change of cosine similarities below this is none."""

_MOST_ROWS = 500
"""Profiles whose cosines are compared: the mean over their 125 000 pairs is all that is told."""


@dataclass(frozen=True)
class Difference:
    """Profiles before and after a correction.

    Attributes
    ----------
    moved
        Mean absolute change of the cosine similarity of two profiles, over 500 profiles drawn by a fixed seed: 0 where
        no neighbour changed, whatever happened to the numbers.
    before, after
        Share of the variance that lies between the values of a column, for the columns `batch` and `plate` where they
        are there and differ: 0 is none, 1 is all. Also known as principal component regression.
    """

    moved: float
    before: dict[str, float]
    after: dict[str, float]

    @property
    def nothing(self) -> bool:
        """Whether the correction changed no similarity worth the name."""
        return self.moved < NOTHING

    def sentence(self, method: str) -> str:
        """Say what `method` did, in one line."""
        if self.nothing:
            return (
                f"{method} changed nothing: cosine similarities move by {self.moved:.1e} on average. Scores will be "
                "those from before; try another method or reference."
            )
        shares = [
            f"variance between {_plural(name)} {self.before[name]:.3f} -> {self.after[name]:.3f}"
            for name in self.before
        ]
        return "; ".join([f"{method}: cosine similarities move by {self.moved:.3f} on average", *shares]) + "."


def compare(before: Profiles, after: Profiles) -> Difference:
    """Compare the same rows before and after a correction; features may be others."""
    assert len(before) == len(after)
    rows = np.arange(len(before))
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_ROWS, replace=False))
    moved = np.abs(_cosines(before.values[rows]) - _cosines(after.values[rows]))
    columns = [name for name in ("batch", "plate") if name in before.table and before.table[name].nunique() > 1]
    return Difference(
        float(moved.sum() / max(1, len(rows) * (len(rows) - 1))),
        {name: share_between(before, name) for name in columns},
        {name: share_between(after, name) for name in columns},
    )


def share_between(profiles: Profiles, column: str) -> float:
    """Give the share of the variance of all features that lies between the values of a column; NaN without variance."""
    codes = np.unique(profiles.column(column).astype("string").fillna("").to_numpy(dtype=str), return_inverse=True)[1]
    return variance_between(profiles.values, codes)


def _cosines(values: NDArray[np.float32]) -> NDArray[np.float64]:
    units = unit(values)
    similarities: NDArray[np.float64] = units @ units.T
    np.fill_diagonal(similarities, 0.0)
    return similarities


def _plural(name: str) -> str:
    return {"batch": "batches", "plate": "plates"}.get(name, name)
