"""From fine profiles to coarse ones: sites to wells by their mean, wells to treatments by their median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError, unknown_name
from cdcl.profiles.groups import sums_by
from cdcl.profiles.profiles import LEVELS, Profiles
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

_JOINED = ("plate", "batch", "compound", "mechanism", "control", "split")
"""Columns whose different values in one treatment are joined as "a;b"; others that differ are dropped."""

_AVERAGED = ("num_cells",)
"""Counts: their mean over what is combined, so that a well with a field less has no fewer cells."""

_CELL = ("cell", "y", "x", "border", "area")
_FINER = {"site": _CELL, "well": (*_CELL, "site"), "treatment": (*_CELL, "site", "well")}
"""Columns that mean nothing any more at a level."""


def aggregate(profiles: Profiles, level: str, *, how: Literal["mean", "median"] | None = None) -> Profiles:
    """Combine all profiles of a site, well or treatment into one.

    Wells are means of their sites. Treatments are medians of their wells, feature by feature; sites are made into wells
    first. Columns that are constant in every group are kept. In a treatment, the names of several batches and plates
    are joined as "a;b"; other columns that vary are dropped. Profiles without a treatment are left out.

    Parameters
    ----------
    level
        "site", "well" or "treatment"; profiles that are of this level already come back as they are.
    how
        "mean" or "median" of what the last step combines; by default means make wells and sites, medians make
        treatments.

    Returns
    -------
    Profiles
        A row a group, of the same features.

    Raises
    ------
    ProfilesError
        If the level is unknown or finer than the profiles', or a column that names the groups is missing.
    """
    if level not in LEVELS:
        raise ProfilesError(unknown_name("level", level, LEVELS))
    if LEVELS.index(level) < LEVELS.index(profiles.level):
        raise ProfilesError(f"{profiles.level} profiles cannot be split into {level} profiles; embed again instead.")
    if level == profiles.level:
        return profiles
    if level == "treatment":
        wells = aggregate(profiles, "well")
        return _combine(wells, _treatment_keys(wells), level, how or "median")
    return _combine(profiles, _place_keys(profiles, level), level, how or "mean")


def _treatment_keys(profiles: Profiles) -> pd.Series:
    keys = profiles.column("treatment").astype("string").replace("", None)
    if not keys.notna().any():
        raise ProfilesError("no profile has a treatment; fill the column `treatment`.")
    return keys


def _place_keys(profiles: Profiles, level: str) -> pd.Series:
    for name in ("plate", "well", *(("site",) if level == "site" else ())):
        profiles.column(name)
    keys = well_keys(profiles.table).astype("string")
    return keys + "/" + profiles.table["site"].astype("string") if level == "site" else keys


def _combine(profiles: Profiles, keys: pd.Series, level: str, how: str) -> Profiles:
    known = keys.notna().to_numpy()
    kept = profiles.take(known)
    names, codes = np.unique(keys[known].to_numpy(dtype=str), return_inverse=True)
    values = _means(kept.values, codes) if how == "mean" else _medians(kept.values, codes)
    provenance = {**profiles.provenance, level: f"{how} over {profiles.level}s"}
    table = _combine_table(kept.table, codes, level).reset_index(drop=True)
    assert len(table) == len(names)
    return Profiles(values, table, level, profiles.features, provenance)


def _means(values: NDArray[np.float32], codes: NDArray[np.int64]) -> NDArray[np.float32]:
    means: NDArray[np.float64] = sums_by(values, codes) / np.bincount(codes)[:, None]
    return means.astype(np.float32)


def _medians(values: NDArray[np.float32], codes: NDArray[np.int64]) -> NDArray[np.float32]:
    medians: NDArray[np.float32] = pd.DataFrame(values).groupby(codes).median().to_numpy(dtype=np.float32)
    return medians


def _combine_table(table: pd.DataFrame, codes: NDArray[np.int64], level: str) -> pd.DataFrame:
    finer = [name for name in table if name in _FINER[level] or str(name).split("_")[0] == "path"]
    groups = table.drop(columns=finer).groupby(codes, sort=True)
    varying = {str(name) for name, counts in groups.nunique(dropna=False).items() if (counts > 1).any()}
    joined = [name for name in _JOINED if name in varying] if level == "treatment" else []
    averaged = [name for name in _AVERAGED if name in varying and pd.api.types.is_numeric_dtype(table[name])]
    combined = groups.first().drop(columns=[name for name in varying if name not in (*joined, *averaged)])
    for name in averaged:
        combined[name] = groups[name].mean()
    for name in joined:
        combined[name] = _join(table[name], codes).reindex(combined.index)
    return combined


def _join(values: pd.Series, codes: NDArray[np.int64]) -> pd.Series:
    """Join the different texts of each group as "a;b", in the order of the alphabet; "" where none is known."""
    pairs = pd.DataFrame({"group": codes, "text": values.to_numpy(dtype=object)}).dropna()
    pairs = pairs.assign(text=pairs["text"].astype(str))
    pairs = pairs[pairs["text"] != ""].drop_duplicates().sort_values(["group", "text"])
    # Most groups hold one text: to join what needs no joining takes most of the time.
    several = pairs["group"].duplicated(keep=False)
    joined = pairs[several].groupby("group")["text"].agg(";".join)
    texts = pd.concat([pairs[~several].set_index("group")["text"], joined])
    every: pd.Series = texts.reindex(pd.RangeIndex(int(codes.max(initial=-1)) + 1), fill_value="")
    return every
