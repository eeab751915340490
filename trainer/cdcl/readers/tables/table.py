"""A table with paths: one row a site (`path` or `path_<channel>`), or one row a channel of a site (also `channel`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.tables.places import found_paths
from cdcl.screen.columns import as_text, standardise_noting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

PATH_ALIASES = ("path", "file_path", "filepath", "image_path", "filename", "file_name", "file", "image")
"""What a table may call the path of an image, the most explicit first."""

_KEYS = ("batch", "plate", "well", "site", "cell")


def fits(columns: Iterable[str]) -> bool:
    """Tell whether a table with these columns holds paths."""
    names = [name.lower() for name in columns]
    return any(name in PATH_ALIASES or name.startswith("path_") for name in names)


def read(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Give `table` with one row a site, and `path` or `path_<channel>` columns relative to the table's folder.

    Paths of another machine or system are found here by their last folders, as those of LoadData tables are.

    Raises
    ------
    ScreenError
        If a site of a table with one row a channel lacks a channel or has one twice, or two folders are found as one.
    """
    if not any(name.startswith("path_") for name in table.columns):
        lower = {name.lower(): name for name in reversed(table.columns)}
        alias = next(name for name in PATH_ALIASES if name in lower)
        table = table.rename(columns={lower[alias]: "path"})
    columns = [name for name in map(str, table.columns) if name == "path" or name.startswith("path_")]
    table = table.assign(**{name: found_paths(as_text(table[name]), path) for name in columns})
    if "path" in table and "channel" in table and "channel_names" not in table:
        return _one_row_a_site(table, path, notes)
    return table


def _one_row_a_site(table: pd.DataFrame, source: Path, notes: list[str]) -> pd.DataFrame:
    planes = standardise_noting(table.assign(channel=as_text(table["channel"])), notes)
    keys = [name for name in _KEYS if name in planes]
    if "well" not in keys:
        raise ScreenError(f"{source} has no column well; it has {', '.join(map(str, table.columns[:20]))}.")
    twice = planes.duplicated([*keys, "channel"]).to_numpy()
    if twice.any():
        row = int(twice.argmax())
        where = ", ".join(f"{name} {planes[name].iat[row]}" for name in [*keys, "channel"])
        raise ScreenError(f"{source}, row {row + 2}: {where} is there twice; remove one.")
    wide = planes.pivot(index=keys, columns="channel", values="path")
    wide = wide[list(dict.fromkeys(planes["channel"]))]
    missing = wide.isna().to_numpy()
    if missing.any():
        row = int(missing.any(axis=1).argmax())
        values = wide.index[row] if len(keys) > 1 else (wide.index[row],)
        where = ", ".join(f"{name} {value}" for name, value in zip(keys, values, strict=True))
        lacks = ", ".join(wide.columns[missing[row]])
        raise ScreenError(f"{source}: {where} has no channel {lacks}; all sites need the same channels.")
    rest = planes.drop(columns=["channel", "path"]).drop_duplicates(keys)
    return rest.merge(wide.add_prefix("path_").reset_index(), on=keys, how="left", validate="one_to_one")
