"""Folds that keep batches apart, else plates, else wells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

MOST_FOLDS = 5
"""Folds at most: each classifier then trains on four fifths of what was named, in a fifth of the time of ten."""


@dataclass(frozen=True, slots=True)
class Folds:
    """Number of the fold of each profile, (n,), what they keep apart, and what to know of that."""

    numbers: NDArray[np.int64]
    apart: str
    note: str = ""

    @property
    def count(self) -> int:
        """Count the folds."""
        return int(self.numbers.max()) + 1


def make_folds(profiles: Profiles, codes: NDArray[np.int64], seed: int) -> Folds:
    """Keep batches apart where each class lies in two or more of them; else plates, else wells, else profiles.

    A class that lies in one batch only cannot be recognised in another one, so such folds would only measure that.
    """
    for apart, groups in _groups(profiles):
        if all(len(np.unique(groups[codes == code])) > 1 for code in np.unique(codes)):
            note = "" if apart == "batch" else f"no two batches hold every class, so {apart}s are kept apart instead."
            return Folds(_gather(groups, seed), apart, note)
    numbers = np.random.default_rng(seed).permutation(len(codes)) % min(MOST_FOLDS, len(codes))
    # Each class goes round the folds, so that none of its two profiles share one.
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        numbers[own] = np.random.default_rng([seed, int(code)]).permutation(len(own)) % min(MOST_FOLDS, len(own))
    return Folds(numbers, "nothing", "a class lies in one well only: profiles of the same well are on both sides.")


def _groups(profiles: Profiles) -> list[tuple[str, NDArray[np.int64]]]:
    table, found = profiles.table, []
    if "batch" in table and (table["batch"].astype("string").fillna("") != "").all():
        found.append(("batch", _codes(table["batch"])))
    if "plate" in table:
        found.append(("plate", _codes(plate_keys(table))))
    if {"plate", "well"} <= set(table.columns):
        found.append(("well", _codes(well_keys(table))))
    return found


def _codes(values: pd.Series) -> NDArray[np.int64]:
    return np.unique(values.astype(str).to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)


def _gather(groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Share groups out to at most `MOST_FOLDS` folds."""
    count = int(groups.max()) + 1
    order = np.random.default_rng(seed).permutation(count)
    return np.asarray((order % min(MOST_FOLDS, count))[groups])
