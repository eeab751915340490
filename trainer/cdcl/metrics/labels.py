"""Labels of profiles as numbers, and which rows can be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.metrics.memory import remembered_of
from cdcl.screen.controls import control_kinds
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


LABELS = ("treatment", "compound", "concentration", "mechanism", "target")
"""Columns that belong to what was done to a well; they move together."""


def labels_of(profiles: Profiles, column: str) -> pd.Series:
    """Give a column as text, missing values as NA.

    "plate" and "well" name a place in the whole screen; "position" is the well's name alone, the same on every plate.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    if column == "position" and column not in profiles.table:
        return profiles.column("well").astype("string").replace("", None)
    found = profiles.column(column)
    if column == "plate" or (column == "well" and "plate" in profiles.table):
        missing = found.isna() | (found.astype("string") == "")
        keys = plate_keys(profiles.table) if column == "plate" else well_keys(profiles.table)
        return keys.astype("string").mask(missing.fillna(True))
    return found.astype("string").replace("", None)


def codes_of(labels: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Number labels 0..L-1 in sorted order, missing ones -1, and give the L names."""
    known = labels.notna().to_numpy(dtype=bool)
    # Hashed, then sorted by their few names: to sort five million texts takes most of a minute.
    codes = np.full(len(labels), -1, dtype=np.int64)
    codes[known], names = pd.factorize(labels[known].to_numpy(dtype=object), sort=True)
    return codes, np.asarray(names, dtype=str)


def label_codes(profiles: Profiles, column: str) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Number the labels in a column, as `codes_of` does; while labels are shuffled, once for each shuffle.

    Raises
    ------
    ProfilesError
        If the table lacks the column.
    """
    return remembered_of(profiles.table, f"codes of {column}", lambda: codes_of(labels_of(profiles, column)))


def clusters_of(profiles: Profiles) -> NDArray[np.int64]:
    """Number what was replicated as a whole: the well of each profile, or the profile itself where no well is known."""
    if not {"plate", "well"} <= set(profiles.table.columns):
        return np.arange(len(profiles))
    codes, names = label_codes(profiles, "well")
    alone = codes < 0
    numbered = codes.copy()
    numbered[alone] = len(names) + np.arange(alone.sum())
    return numbered


def is_treated(profiles: Profiles) -> NDArray[np.bool_]:
    """Tell treated profiles and positive controls from negative controls and empty wells. Shape (N,)."""
    return remembered_of(profiles.table, "treated", lambda: _is_treated(profiles.table))


def _is_treated(table: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(~np.isin(control_kinds(table), ["negative", "empty"]))
