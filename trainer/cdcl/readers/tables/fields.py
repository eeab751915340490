"""Fields of several tables as one: the channels that all have, the rows that are whole, a plate where none is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ScreenError, unknown_name
from cdcl.screen.headings import known_columns, read_heading
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_GENERIC = ("load_data", "loaddata", "image", "images", "screen", "metadata", "table", "index", "data", "files")
"""Names of tables that say nothing of a plate."""


_MASKS = re.compile(
    r"(?<![a-z])(?:masks?|outlines?|objects?|labels?|segmentations?|segmented|seg)(?![a-z])", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Between the words of NucleiMask."""


def join_tables(parts: Sequence[pd.DataFrame], paths: Sequence[Path], notes: list[str]) -> pd.DataFrame:
    """Put tables of fields below each other; a channel that one of them lacks is left out, and named.

    Raises
    ------
    ScreenError
        If they have no channel in common.
    """
    if len(parts) == 1:
        return parts[0]
    channels = [_channels(part) for part in parts]
    shared = set.intersection(*map(set, channels))
    if any(channels) and not shared:
        raise ScreenError(
            f"{paths[0]} has the channels {', '.join(channels[0])}, {paths[-1]} has {', '.join(channels[-1])}: no "
            "channel is in all tables; scan them one by one."
        )
    extra = [name for name in dict.fromkeys(name for own in channels for name in own) if name not in shared]
    for name in extra:
        lacking = [path for path, own in zip(paths, channels, strict=True) if name not in own]
        notes.append(
            f"channel {name} is left out: {len(lacking)} of {len(paths)} tables lack it, such as {lacking[0]}."
        )
    kept = [part.drop(columns=[f"path_{name}" for name in extra], errors="ignore") for part in parts]
    return pd.concat(kept, ignore_index=True)


def whole_fields(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out channels without any file, and rows without one of a channel; both are told.

    Raises
    ------
    ScreenError
        If no row is left.
    """
    there = {name: (sites[f"path_{name}"].fillna("").astype(str) != "") for name in _channels(sites)}
    if there and not any(given.any() for given in there.values()):
        raise ScreenError(f"no row names a file of every channel, nor of any: {', '.join(there)} are empty.")
    for name in [name for name, given in there.items() if len(there) > 1 and not given.any()]:
        notes.append(f"channel {name} is left out: the table names no file of it.")
        sites = sites.drop(columns=f"path_{name}")
        del there[name]
    lacking = pd.DataFrame({name: ~given for name, given in there.items()}, index=sites.index)
    rows = lacking.any(axis=1) if there else pd.Series(data=False, index=sites.index)
    if not rows.any():
        return sites
    first = lacking[rows].iloc[0]
    notes.append(
        f"{int(rows.sum())} of {len(sites)} rows lack a file name and are left out: the first lacks "
        f"{', '.join(first.index[first])}."
    )
    if rows.all():
        raise ScreenError(
            f"no row names a file of every channel; {option('channels')} keeps some of {', '.join(there)}."
        )
    return sites[~rows].reset_index(drop=True)


def without_masks(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Leave out channels that are called as masks, outlines or objects are, beside others; they are told.

    CellProfiler writes and loads segmentations by the same columns as images.
    """
    known = _channels(sites)
    masks = [name for name in known if _MASKS.search(_CAMEL.sub("_", name))]
    if not masks or len(masks) == len(known):
        return sites
    notes.append(
        f"{', '.join(masks)}: by their names masks, outlines or objects, and no channels; {option('channels')} takes "
        "them all the same, where it names all that are wanted."
    )
    return sites.drop(columns=[f"path_{name}" for name in masks])


def chosen_channels(sites: pd.DataFrame, wanted: Mapping[str, str], path: Path) -> pd.DataFrame:
    """Keep the channels that were asked for, in that order, under their new names.

    Raises
    ------
    ScreenError
        If one is not there, or the table's files hold all channels.
    """
    known = _channels(sites)
    if not known:
        raise ScreenError(
            f"{path} has one file for all channels; {option('channels')} is for tables with a file for each."
        )
    # A prefix "Orig" of all channels is cut when the table is read; whoever writes it means the same channel.
    names = {old if old in known else old.removeprefix("Orig"): new for old, new in wanted.items()}
    for name in names:
        if name not in known:
            raise ScreenError(f"{path}: {unknown_name('channel', name, known)}")
    others = sites.drop(columns=[f"path_{name}" for name in known])
    chosen = {f"path_{new}": sites[f"path_{old}"] for old, new in names.items()}
    return pd.concat([others.drop(columns="channel_names", errors="ignore"), pd.DataFrame(chosen)], axis=1)


def with_plate(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Call the plate of a table that names none after the table, or its folder where that has a common name."""
    if any(read_heading(str(name)).name == "plate" for name in table.columns):
        return table
    stem = path.name.partition(".")[0]
    name = stem if stem.lower() not in _GENERIC else path.absolute().parent.name or stem
    notes.append(f"{path.name} has no column plate: its one plate is called {name}.")
    return table.assign(plate=name)


def check_places(table: pd.DataFrame, path: Path) -> None:
    """Refuse a row without a well, by its number in its own table.

    Raises
    ------
    ScreenError
        If there is one.
    """
    names = {name: name for name in map(str, table.columns)} | known_columns(table.columns)
    for column, ours in names.items():
        if ours not in ("well", "plate"):
            continue
        empty = (table[column].fillna("").astype(str).str.strip() == "").to_numpy()
        if empty.any():
            count = f"; so are {int(empty.sum()) - 1} more" if empty.sum() > 1 else ""
            raise ScreenError(
                f"{path}, row {int(empty.argmax()) + 2}: no {ours}, its cell in column {column} is empty{count}; fill "
                "it in, or remove the row."
            )


def _channels(table: pd.DataFrame) -> list[str]:
    return [str(name).removeprefix("path_") for name in table.columns if str(name).startswith("path_")]
