"""Which field of the screen each row of somebody else's table belongs to."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError
from cdcl.screen.columns import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.screen import Screen

PLACE = ("batch", "plate", "well", "site")
"""Columns that name a field, from far to near."""

FILE_NAME = "file_name"
"""A column with the name of an image file of the field."""

_SITE = re.compile(r"(?:s|f|site|field|fov)?[\s_-]*0*(\d+)", re.IGNORECASE)


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


def normal_site(site: str) -> str:
    """Give a site's number without what tools put before it.

    >>> [normal_site(site) for site in ("1", "s01", "f3", "field_12", "left")]
    ['1', '1', '3', '12', 'left']
    """
    match = _SITE.fullmatch(site.strip())
    return match[1] if match else site.strip()


def _candidates(table: pd.DataFrame, screen: Screen) -> list[list[str]]:
    place = [name for name in PLACE if name in table and name in screen.sites]
    own = key_columns(screen)
    options = [own] if all(name in table for name in own) else []
    if "well" in place or place == ["plate"]:
        options += [place, [name for name in place if name != "batch"]]
    return [keys for keys in options if keys]


def _is_unique(sites: pd.DataFrame, keys: Sequence[str]) -> bool:
    return not _keys(sites, keys).duplicated().any()


def _match(table: pd.DataFrame, sites: pd.DataFrame, keys: Sequence[str]) -> NDArray[np.int64]:
    wanted, codes = _codes(table, keys)
    places = pd.Series(np.arange(len(sites)), index=_keys(sites, keys))
    rows: NDArray[np.int64] = places.reindex(_keys(wanted, keys)).fillna(-1).to_numpy(np.int64)
    return np.asarray(rows[codes])


def _codes(table: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.integer]]:
    """Give the different places of a long table, and which of them each row is at."""
    codes = table.groupby(list(keys), sort=False, dropna=False, observed=True).ngroup().to_numpy(np.int64)
    first = np.unique(codes, return_index=True)[1]
    return table[list(keys)].iloc[first], codes


def _keys(table: pd.DataFrame, keys: Sequence[str]) -> pd.Index:
    """Join the columns of a key into one text a row, sites by their number."""
    columns = [as_text(table[name]) for name in keys]
    texts = [
        column.map({site: normal_site(site) for site in column.unique()}) if name == "site" else column
        for name, column in zip(keys, columns, strict=True)
    ]
    return pd.Index(["\0".join(row) for row in zip(*texts, strict=True)])


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
