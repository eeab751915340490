"""Join what a platemap says of each well to the images of that well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.images.pages import FILE_PAGES
from cdcl.readers.metadata.name_hints import HINT, hint
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.screen.concentrations import WRITTEN
from cdcl.screen.counting import counted
from cdcl.screen.derivation import derive_joined
from cdcl.screen.identifiers import as_text

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


_TITLE = re.compile(r"^plate[\s_-]*", re.IGNORECASE)


_OF_IMAGES = ("path", "channel_names", "pixel_size", "binning", "full_scale", FILE_PAGES, "site")
"""Columns of a screen that a map of wells never replaces."""


_OF_DOSES = ("concentration_unit", WRITTEN)


@dataclass(frozen=True)
class Rows:
    """What the rows are called that a map is joined to.

    Attributes
    ----------
    one, several
        A row, and rows.
    wells
        How wells are called that have one.
    whole
        The table of them.
    """

    one: str = "image"
    several: str = "images"
    wells: str = "imaged"
    whole: str = "screen"


IMAGES = Rows()
PROFILES = Rows("profile", "profiles", "profiled", "table of profiles")


@dataclass(frozen=True)
class Joined:
    """Fields with what is in their wells, and a remark on each kind of well that found no partner.

    Attributes
    ----------
    sites
        A row a field, as before, with the platemap's columns.
    notes
        One line each.
    matched
        How many of the rows are in a well of the map.
    """

    sites: pd.DataFrame
    notes: tuple[str, ...]
    matched: int = 0


def join_platemap(sites: pd.DataFrame, platemap: Path, rows: Rows = IMAGES) -> Joined:
    """Read a platemap and join it to the fields, on plate and well, or on well.

    Parameters
    ----------
    sites
        A row a field, with our column names.
    platemap
        What `read_noted_platemap` reads.
    rows
        What messages call the rows of `sites`.

    Returns
    -------
    Joined
        The fields with the platemap's columns, and remarks on what was taken and what found no partner.

    Raises
    ------
    ScreenError
        If the platemap cannot be read, says different things of a well, or none of its wells was imaged.
    """
    wells = read_noted_platemap(platemap)
    taken = f"{platemap.name}: {columns}." if (columns := wells.columns()) else ""
    table, renamed = _without_titles(wells.table, sites)
    try:
        joined = join_wells(sites, table, platemap, rows)
    except ScreenError as error:
        # What was odd of the map may be why: a hidden sheet, rows that were left out.
        told = "" if HINT in str(error) else next(iter(wells.notes), "")
        raise ScreenError(f"{error} {told}".rstrip()) from error
    return Joined(joined.sites, (*filter(None, [taken]), *wells.notes, *renamed, *joined.notes), joined.matched)


def _without_titles(wells: pd.DataFrame, sites: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take plates titled "Plate 0012" for those called 0012, where the images have these and not those."""
    ours = set(sites["plate"].astype(str))
    if "plate" not in wells or ours & set(wells["plate"]):
        return wells, []
    bare = wells["plate"].str.replace(_TITLE, "", regex=True)
    if not ours & set(bare):
        return wells, []
    return wells.assign(plate=bare), [f"plate '{wells['plate'].iloc[0]}' is taken for {bare.iloc[0]}, and so on."]


def join_wells(sites: pd.DataFrame, wells: pd.DataFrame, platemap: Path, rows: Rows = IMAGES) -> Joined:
    """Give standardised `sites` with the columns of `wells`, joined on batch, plate and well, as far as both have them.

    Where both have a column, the platemap's stands. Wells that it does not list get "", and are noted; rows that say
    the same of a well count once.

    Raises
    ------
    ScreenError
        If the platemap says different things of a well, or none of its wells was imaged.
    """
    wells, unread = _without_images(wells, platemap, rows)
    keys = [name for name in ("batch", "plate", "well") if name == "well" or (name in wells and name in sites)]
    if "plate" not in keys:
        keys = ["well"]
    if not len(wells):
        raise ScreenError(f"{platemap} has headings and no wells below them.")
    if "plate" in wells and (named := (wells["plate"].astype(str) != "").to_numpy()).any():
        wells = wells[named]  # the others are of no image, which is noted where the map is read
    repeated = wells.duplicated()
    wells, notes = wells[~repeated], [_twice(int(repeated.sum()), platemap.name)]
    _check_wells(wells, keys, platemap)
    matched = (sites[keys].merge(wells[keys], how="left", indicator=True)["_merge"] == "both").to_numpy()
    if not matched.any():
        raise ScreenError(
            f"{platemap} matches no {rows.one}: it has {_example(wells, keys)}, the {rows.several} have "
            f"{_example(sites, keys)}.{hint(sites, wells, keys, platemap, rows.several)}"
        )
    both = [name for name in wells.columns if name in sites and name not in keys]
    # What belongs to a dose goes with it: a unit of the screen is not that of the map's numbers.
    beside = [name for name in _OF_DOSES if "concentration" in wells and name in sites and name not in wells]
    joined = sites.drop(columns=[*both, *beside]).merge(wells, on=keys, how="left", validate="many_to_one")
    text = [name for name in wells.columns if joined[name].dtype.kind not in "iuf"]
    joined = joined.assign(**{name: joined[name].fillna("") for name in text})
    joined, derived = derive_joined(joined, sites, wells)
    unmatched = _unmatched(sites, matched, wells, keys, (platemap, rows))
    replaced = [note for name in both if (note := _replaced(sites[name], joined[name], platemap, rows))]
    if not {"treatment", "compound", "control", "concentration"} & set(wells):
        columns = ", ".join(str(name) for name in wells if name not in ("batch", "plate", "well"))
        said = f"{platemap.name} says nothing of treatments: of its columns ({columns or 'none'}) call one treatment."
        unread = [*unread, said]
    told = (*unread, *(notes if repeated.any() else []), *replaced, *derived, *unmatched)
    return Joined(joined, told, int(matched.sum()))


def _twice(count: int, name: str) -> str:
    return f"{counted(count, 'row', 'rows')} of {name} {'is' if count == 1 else 'are'} there twice alike."


def _without_images(wells: pd.DataFrame, platemap: Path, rows: Rows) -> tuple[pd.DataFrame, list[str]]:
    """Leave out what says where images are and what they hold: of wells, a map says it of other images than these."""
    theirs = [str(name) for name in wells if name in _OF_IMAGES or str(name).startswith("path_")]
    if not theirs:
        return wells, []
    note = (
        f"{platemap.name}: {', '.join(theirs)} tell of images, which the {rows.whole} names itself, and are not taken."
    )
    return wells.drop(columns=theirs), [note]


def _replaced(ours: pd.Series, theirs: pd.Series, platemap: Path, of: Rows) -> str:
    """Say in how many rows the map says another thing than the screen did."""
    one, other = as_text(ours).to_numpy(dtype=str), as_text(theirs).to_numpy(dtype=str)
    differ = (one != "") & (one != other)
    if not differ.any():
        return ""
    first = int(differ.argmax())
    rows = counted(int(differ.sum()), "row", "rows")
    said = f"'{other[first]}' for '{one[first]}'"
    return f"{platemap.name} says another {ours.name} than the {of.whole} in {rows}, first {said}: it is taken."


def _unmatched(
    sites: pd.DataFrame, matched: NDArray[np.bool_], wells: pd.DataFrame, keys: list[str], met: tuple[Path, Rows]
) -> tuple[str, ...]:
    notes, (platemap, rows) = [], met
    if not matched.all():
        places = sites[~matched][["plate", "well"]].drop_duplicates()
        cause = hint(sites, wells, keys, platemap, rows.several)
        said = counted(len(places), f"{rows.wells} well is", f"{rows.wells} wells are")
        notes.append(f"{said} not in {platemap.name}: {_places(places)}.{cause}")
    unseen = wells[keys].drop_duplicates().merge(sites[keys].drop_duplicates(), how="left", indicator=True)
    unseen = unseen[unseen["_merge"] == "left_only"][keys]
    if len(unseen):
        have = "has" if len(unseen) == 1 else "have"
        said = counted(len(unseen), "well", "wells")
        notes.append(f"{said} of {platemap.name} {have} no {rows.several}: {_places(unseen)}.")
    return tuple(notes)


def _places(table: pd.DataFrame) -> str:
    names = ["/".join(map(str, row)) for row in table.head(5).itertuples(index=False)]
    return ", ".join(names) + (", ..." if len(table) > len(names) else "")


def _check_wells(wells: pd.DataFrame, keys: list[str], platemap: Path) -> None:
    twice = wells.duplicated(keys).to_numpy()
    if not twice.any():
        return
    second = int(twice.argmax())
    first = int((wells[keys] == wells[keys].iloc[second]).all(axis=1).to_numpy().argmax())
    where = _example(wells.iloc[[second]], keys)
    lines = f"rows {wells.index[first] + 2} and {wells.index[second] + 2}"
    named = next((name for name in ("compound", "treatment") if name in wells), None)
    both = [str(wells[named].iat[row]) for row in (first, second)] if named else []
    if len(set(both)) == 2 and all(both):
        mend = f", with {both[0]} and {both[1]}: for a combination write one row, such as '{both[0]}+{both[1]}'"
    else:
        mend = ""
    mend += "" if "plate" in keys else "; where plates differ, add a column plate"
    raise ScreenError(f"{platemap}, {lines} are both {where}{mend}.")


def _example(table: pd.DataFrame, keys: list[str]) -> str:
    return ", ".join(f"{name} {table[name].iloc[0]}" for name in keys)
