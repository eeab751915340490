"""Which rows are trained on, watched, or held out for the final scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ConfigError, unknown_name
from cdcl.screen.controls import negative_controls
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config.split import SplitConfig
    from cdcl.screen.screen import Screen

SPELLINGS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "unused": "unused",
    "heldout": "test",
    "": "train",
}
"""What a table may call its splits, and what we call them."""


def assign_split(screen: Screen, config: SplitConfig) -> Screen:
    """Give `screen` with a column `split`: "train", "validation" or "test".

    Without groups in `config`, the table's own split stands; without one, every row is trained on. Training rows that
    `config.subset` leaves out become "unused".

    Raises
    ------
    ConfigError
        If a group or the column does not exist, a group is named twice, or nothing is left to train on.
    """
    if config.test or config.validation:
        split = _split_by_groups(screen, config)
    elif "split" in screen.sites:
        split = _own_split(screen.sites["split"])
    else:
        split = pd.Series("train", index=screen.sites.index)
    if config.subset:
        split = split.mask((split == "train") & ~_in_subset(screen, split == "train", config.subset), "unused")
    if not (split == "train").any():
        setting = f"split.subset = '{config.subset}'" if config.subset else f"split.by = '{config.by}'"
        raise ConfigError(f"{setting} leaves out all {len(screen)} images: nothing is left to train on.")
    return replace(screen, sites=screen.sites.assign(split=split))


def trained_rows(screen: Screen) -> NDArray[np.bool_]:
    """Mark the rows that are not held out, (N,); all of them where nothing is split."""
    if "split" not in screen.sites:
        return np.ones(len(screen), dtype=bool)
    return ~screen.sites["split"].isin(["validation", "test"]).to_numpy(dtype=bool)


def preferred_rows(rows: NDArray[np.bool_], better: NDArray[np.bool_], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Keep those of `rows` that are `better`, in each group (`codes`) that has any; else all of them. All (N,)."""
    has = np.bincount(codes[rows & better], minlength=codes.max(initial=0) + 1) > 0
    return rows & (better | ~has[codes])


def _split_by_groups(screen: Screen, config: SplitConfig) -> pd.Series:
    if config.by not in screen.sites:
        raise ConfigError("split.by: " + unknown_name("column", config.by, map(str, screen.sites.columns)))
    groups = screen.sites[config.by].astype(str)
    known = set(groups.unique())
    for group in (*config.test, *config.validation):
        if group not in known:
            raise ConfigError("[split]: " + unknown_name(config.by, group, known))
    for group in set(config.test) & set(config.validation):
        raise ConfigError(f"[split]: {config.by} '{group}' cannot be both test and validation; name it in one of them.")
    split = pd.Series("train", index=groups.index)
    return split.mask(groups.isin(config.validation), "validation").mask(groups.isin(config.test), "test")


def _in_subset(screen: Screen, trained: pd.Series, subset: str) -> pd.Series:
    """Mark the rows of a subset, as the authors of CDCL studied them; `trained` says what there is to halve."""
    controls = pd.Series(negative_controls(screen.column("control").to_frame("control")), index=screen.sites.index)
    if subset == "only_controls":
        return controls
    if subset == "only_treatments":
        return ~controls
    groups = [plate_keys(screen.sites), screen.column("treatment").astype(str), trained]
    every_other = screen.sites.groupby(groups, sort=False).cumcount() % 2 == 0
    return every_other & ~controls if subset == "half_treatments" else every_other | controls


def _own_split(values: pd.Series) -> pd.Series:
    words = values.fillna("").astype(str).str.strip().str.lower()
    for word in words.unique():
        if word not in SPELLINGS:
            raise ConfigError("the table's column split: " + unknown_name("split", word, filter(None, SPELLINGS)))
    return words.map(SPELLINGS)
