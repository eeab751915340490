"""Which field of the screen each row of somebody else's table belongs to."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError
from cdcl.screen.columns import as_text
from cdcl.screen.site_names import joined_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.screen import Screen

PLACE = ("batch", "plate", "well", "site")
"""Columns that name a field, from far to near."""

FILE_NAME = "file_name"
"""A column with the name of an image file of the field."""


def key_columns(screen: Screen) -> list[str]:
    """Name the columns that tell the fields of a screen apart: `image_id`, or batch, plate, well and site."""
    sites = screen.sites
    if "image_id" in sites and sites["image_id"].is_unique:
        return ["image_id"]
    return [name for name in (*PLACE, "cell") if name in sites]


def match_fields(table: pd.DataFrame, screen: Screen, source: str) -> NDArray[np.int64]:
    """Find the row of the screen that each row of `table` belongs to, (n,); -1 where it has none.

    Fields are known by `image_id`; by plate, well and site (a batch counts where both name it the same way); or by the
    name of one of their image files.

    Raises
    ------
    ScreenError
        If the table does not say which field a cell is in, or none of them is in the screen.
    """
    tried = [keys for keys in _candidates(table, screen) if _is_unique(screen.sites, keys)]
    for keys in tried:
        rows = _match(table, screen.sites, keys)
        if (rows >= 0).any():
            return rows
    if FILE_NAME in table:
        rows = _match_files(table[FILE_NAME], screen)
        if (rows >= 0).any():
            return rows
    raise ScreenError(_complaint(table, screen, tried, source))


def _candidates(table: pd.DataFrame, screen: Screen) -> list[list[str]]:
    place = [name for name in PLACE if name in table and name in screen.sites]
    own = key_columns(screen)
    options = [own] if all(name in table for name in own) else []
    if "well" in place or place == ["plate"]:
        options += [place, [name for name in place if name != "batch"]]
    return [keys for keys in options if keys]


def _is_unique(sites: pd.DataFrame, keys: Sequence[str]) -> bool:
    return not joined_keys(keys, sites)[0].duplicated().any()


def _match(table: pd.DataFrame, sites: pd.DataFrame, keys: Sequence[str]) -> NDArray[np.int64]:
    wanted, codes = _codes(table, keys)
    asked, own = joined_keys(keys, wanted, sites)
    places = pd.Series(np.arange(len(sites)), index=pd.Index(own))
    rows: NDArray[np.int64] = places.reindex(pd.Index(asked)).fillna(-1).to_numpy(np.int64)
    return np.asarray(rows[codes])


def _codes(table: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.integer]]:
    """Give the different places of a long table, and which of them each row is at."""
    codes = table.groupby(list(keys), sort=False, dropna=False, observed=True).ngroup().to_numpy(np.int64)
    first = np.unique(codes, return_index=True)[1]
    return table[list(keys)].iloc[first], codes


def _match_files(names: pd.Series, screen: Screen) -> NDArray[np.int64]:
    """Match by the names of image files, without their folders; names that several fields share match nothing."""
    own: dict[str, int] = {}
    for row, files in enumerate(screen.image_files()):
        for name in {PurePosixPath(file).name for file in files}:
            own[name] = -1 if name in own else row
    asked = as_text(names).str.replace("\\", "/", regex=False)
    found = {name: own.get(PurePosixPath(name).name, -1) for name in asked.unique()}
    return asked.map(found).to_numpy(np.int64)


def _complaint(table: pd.DataFrame, screen: Screen, tried: list[list[str]], source: str) -> str:
    if not tried and FILE_NAME not in table:
        have = ", ".join(map(str, table.columns[:12]))
        return f"{source} does not say which field a cell is in (plate, well, site or a file name); it has {have}."
    keys = tried[0] if tried else [FILE_NAME]
    theirs = ", ".join(f"{name} {table[name].iloc[0]}" for name in keys)
    names = [name for name in keys if name in screen.sites]
    ours = ", ".join(f"{name} {screen.sites[name].iloc[0]}" for name in names) or screen.image_files()[0][0]
    return f"{source} has no cell on any image of the screen: it has {theirs}; the screen has {ours}."
