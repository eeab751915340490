"""Names that a user gave to profiles: kept beside a run by what a profile is, not by its row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular
from cdcl.errors import ProfilesError
from cdcl.screen.site_names import joined_keys

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

ANNOTATION = "annotation"
"""The column with the name a user gave; "" is none."""
KEYS: dict[str, tuple[str, ...]] = {
    "cell": ("batch", "plate", "well", "site", "cell"),
    "site": ("batch", "plate", "well", "site"),
    "well": ("batch", "plate", "well"),
    "treatment": ("treatment",),
}
"""By which columns a profile of a level is found again, as far as a table has them."""


def write_annotations(path: Path, table: pd.DataFrame, level: str, names: pd.Series) -> None:
    """Keep the names of the profiles in `table`, one each, "" for none; those of other levels stay in the file.

    Raises
    ------
    DiskError
        If the file cannot be written.
    """
    named = names.to_numpy(dtype=str) != ""
    keys = _keys(table, level)
    rows = table.loc[named, keys].astype(str).assign(level=level)
    rows[ANNOTATION] = names.to_numpy(dtype=str)[named]
    others = _read(path) if path.is_file() else pd.DataFrame({"level": [], ANNOTATION: []}, dtype=str)
    kept = others[others["level"] != level]
    whole = pd.concat([kept, rows], ignore_index=True).fillna("").astype(str)
    with replaced_file(path) as temporary:
        whole.to_parquet(temporary, index=False)


def read_annotations(path: Path, table: pd.DataFrame, level: str) -> pd.Series:
    """Give the name of each profile in `table`, "" where it has none, also where there is no file.

    Raises
    ------
    ProfilesError
        If the file is damaged.
    """
    empty = pd.Series("", index=table.index, name=ANNOTATION, dtype=object)
    if not path.is_file():
        return empty
    known = _read(path)
    known = known[known["level"] == level]
    keys = [name for name in _keys(table, level) if name in known]
    if not len(known) or not keys:
        return empty
    theirs, own = joined_keys(keys, known, table)
    names = pd.Series(known[ANNOTATION].to_numpy(), index=pd.Index(theirs)).groupby(level=0).last()
    found = own.map(names).fillna("")
    return pd.Series(found.to_numpy(dtype=object), index=table.index, name=ANNOTATION)


def annotate_screen(screen: Screen, table: pd.DataFrame, level: str, names: pd.Series) -> Screen:
    """Give the screen's fields a column `annotation`, to train on: of cells the commonest name in the field.

    Parameters
    ----------
    table, level, names
        The profiles, their level, and the name of each.
    """
    field_level = "site" if level == "cell" else level
    keys = [name for name in _keys(table, field_level) if name in screen.sites]
    named = names.to_numpy(dtype=str) != ""
    theirs, own = joined_keys(keys, table[named], screen.sites)
    counted = pd.DataFrame({"key": theirs.to_numpy(), "name": names.to_numpy(dtype=str)[named]})
    commonest = counted.groupby(["key", "name"]).size().reset_index(name="num").sort_values(["num", "name"])
    by_key = commonest.drop_duplicates("key", keep="last").set_index("key")["name"]
    found = own.map(by_key).fillna("").to_numpy(dtype=object)
    return replace(screen, sites=screen.sites.assign(**{ANNOTATION: found}))


def count_names(names: pd.Series) -> dict[str, int]:
    """Count the profiles of each name, in the order of the alphabet."""
    kinds, counts = np.unique(names.to_numpy(dtype=str), return_counts=True)
    return {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True) if kind}


def _keys(table: pd.DataFrame, level: str) -> list[str]:
    return [name for name in KEYS[level] if name in table]


def _read(path: Path) -> pd.DataFrame:
    check_regular(path, ProfilesError)
    try:
        known = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ProfilesError(f"{path} cannot be read ({reason}); move it away to begin anew.") from error
    if not {"level", ANNOTATION} <= set(known):
        raise ProfilesError(f"{path} holds no annotations: it lacks the columns level and {ANNOTATION}; move it away.")
    return known
