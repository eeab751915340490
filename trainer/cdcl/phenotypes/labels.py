"""Names to train on: a column of the profiles, or a file that says what plates, wells, fields or cells show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.annotations import ANNOTATION, KEYS, read_annotations
from cdcl.screen.columns import standardise
from cdcl.screen.counting import SHOWN, counted
from cdcl.screen.site_names import SEPARATOR, joined_keys
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles

NAMED = ("annotation", "phenotype", "class", "label", "name")
"""Headings of a file's column of names, the most explicit first."""


def names_from_column(profiles: Profiles, column: str, annotations: Path | None) -> pd.Series:
    """Give the names in a column, "" for none; `annotation` is what the window kept with the run.

    Raises
    ------
    ProfilesError
        If there is no such column.
    """
    if column == ANNOTATION and column not in profiles.table and annotations is not None:
        return read_annotations(annotations, profiles.table, profiles.level)
    found = profiles.column(column).astype("string").fillna("")
    return pd.Series(found.to_numpy(dtype=object), index=profiles.table.index)


def names_from_file(profiles: Profiles, path: Path, notes: list[str] | None = None) -> pd.Series:
    """Give the names that a table has for these profiles, "" for none.

    The table names profiles by `batch`, `plate`, `well`, `site`, `cell` or `treatment`, as many as both tables have.

    Parameters
    ----------
    notes
        A line is added where names of the table are of nothing that is here: how many, and what first.

    Raises
    ------
    ProfilesError
        If it has no names, no column in common, names one profile twice, or fits none.
    """
    table = standardise(read_table(path))
    column = next((name for name in NAMED if name in table), None)
    if column is None:
        raise ProfilesError(f"{path} has no column of names; call it one of {', '.join(NAMED)}.")
    keys = [name for name in KEYS[profiles.level] if name in table and name in profiles.table]
    if not keys:
        raise ProfilesError(f"{path} and the profiles share none of the columns {', '.join(KEYS[profiles.level])}.")
    asked, own = joined_keys(keys, table, profiles.table)
    theirs = pd.Series(table[column].astype(str).to_numpy(), index=pd.Index(asked)).groupby(level=0)
    doubtful = theirs.nunique()
    if (doubtful > 1).any():
        place = str(doubtful.index[doubtful > 1][0]).replace(SEPARATOR, ", ")
        raise ProfilesError(f"{path} gives {', '.join(keys)} = {place} two names.")
    found = own.map(theirs.first()).fillna("")
    if not (found != "").any():
        raise ProfilesError(f"{path} names none of these profiles by {', '.join(keys)}.")
    strange = asked[(~asked.isin(own)).to_numpy() & (table[column].astype(str).to_numpy() != "")]
    if notes is not None and len(strange):
        notes.append(f"{len(strange)} of {_named(table, column)} of {path.name} {_nothing(strange, keys)}")
    return pd.Series(found.to_numpy(dtype=object), index=profiles.table.index)


def _named(table: pd.DataFrame, column: str) -> str:
    return counted(int((table[column].astype(str) != "").sum()), "name", "names")


def _nothing(strange: pd.Series, keys: list[str]) -> str:
    """Say which places or treatments are none of the profiles'."""
    places = list(dict.fromkeys(strange))
    shown = ", ".join(place.replace(SEPARATOR, "/") for place in places[:SHOWN]) + ", ..." * (len(places) > SHOWN)
    fit = "fits" if len(strange) == 1 else "fit"
    return f"{fit} no profile by {', '.join(keys)} and {'is' if len(strange) == 1 else 'are'} left out: {shown}."
