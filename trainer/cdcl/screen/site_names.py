"""Names of the sites of a well: 1, 01, 1.0, s1, "site 1" and Field_01 are one, and this is the only place that says so.

A table keeps its names where they are spelled one way. Where two names of one well have the same number they are left
apart and told: f1 and s1 may be two fields, and joining two images as one would be silent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.screen.identifiers import NAMES, as_identifiers, as_text, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE_WORDS = ("s", "f", "site", "field", "fld", "fov", "p", "pos", "position", "xy")
"""What tools put before the number of a site."""
SEPARATOR = "\x1f"
"""Between the columns of a key that is written as one text; no name holds it."""
WELL = ("batch", "plate", "well")
"""Columns that tell wells apart."""

_WORDS = "|".join(sorted(SITE_WORDS, key=len, reverse=True))
_SITE = re.compile(rf"(?:(?:{_WORDS})[\s_.#:-]*)?0*([0-9]+)(?:\.0+)?", re.IGNORECASE)


def plain_site(site: str) -> str:
    """Give a site's number without what tools put around it; what has none is only stripped.

    >>> [plain_site(site) for site in ("1", "s01", "f3", "field_12", "Site 1", "1.0", "left")]
    ['1', '1', '3', '12', '1', '1', 'left']
    """
    match = _SITE.fullmatch(site.strip())
    return match[1] if match else site.strip()


def plain_sites(sites: pd.Series) -> pd.Series:
    """Give the plain name of each site of a column (N,), as text."""
    texts = as_text(sites)
    return texts.map({text: plain_site(text) for text in texts.unique()})


def one_spelling(table: pd.DataFrame, notes: list[str]) -> pd.Series:
    """Write each site of a table one way, and say it where that changes names, or where two may be one.

    Parameters
    ----------
    table
        With `site` as text, and columns that tell its wells apart, as far as it has them.
    notes
        Lines are added where one number is spelled in several ways.

    Returns
    -------
    Series
        Shape (N,). Names that are all spelled alike stay. Else numbers have no zeros in front, and names such as s1
        become numbers, unless a well has a number in two such spellings: these stay apart.
    """
    sites = table["site"]
    numbers = _without_zeros(sites)
    plain = plain_sites(sites)
    both = _two_in_one_well(table, numbers, plain)
    if both:
        where, one, other = both
        notes.append(
            f"{where} has sites '{one}' and '{other}', which may be one: they are kept as two. If they are one, name "
            "it one way."
        )
        plain = numbers
    several = _several_spellings(sites, plain)
    if not several:
        return sites
    notes.append(
        f"sites are spelled in several ways, such as {' and '.join(several)}: each number is one site, written without "
        "zeros or words in front."
    )
    return plain


def images_of_one_site(table: pd.DataFrame) -> bool:
    """Tell whether several images are of one site, as crops of single cells are: a row is an image then, no site."""
    keys = [name for name in (*WELL, "site") if name in table]
    return "site" in keys and bool(table.duplicated(keys).any())


def comparable_sites(*tables: pd.DataFrame) -> list[pd.Series]:
    """Spell the sites of tables that are held against each other one way: by number, where that tells all apart.

    Parameters
    ----------
    *tables
        With `site`, and columns that tell their wells apart.

    Returns
    -------
    list of Series
        A column of text for each table; as they are written where two of a well have one number in any table.
    """
    if any(_two_in_one_well(table, _without_zeros(table["site"]), plain_sites(table["site"])) for table in tables):
        return [_without_zeros(table["site"]) for table in tables]
    return [plain_sites(table["site"]) for table in tables]


def comparable_keys(keys: Iterable[str], *tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Give the columns of a key of tables that are held against each other, as text, sites spelled one way.

    Returns
    -------
    list of DataFrame
        For each table its columns `keys`, with rows numbered from 0.
    """
    names = list(keys)
    found = [pd.DataFrame({name: _text(table, name).to_numpy() for name in names}) for table in tables]
    if "site" in names:
        for key, sites in zip(found, comparable_sites(*tables), strict=True):
            key["site"] = sites.to_numpy()
    return found


def joined_keys(keys: Iterable[str], *tables: pd.DataFrame) -> list[pd.Series]:
    """Write the key columns of each row as one text, so that tables can be compared by it: `comparable_keys`, joined.

    Returns
    -------
    list of Series
        For each table a text a row, with rows numbered from 0.
    """
    return [
        pd.Series([SEPARATOR.join(row) for row in zip(*(key[name] for name in key), strict=True)], dtype=object)
        for key in comparable_keys(keys, *tables)
    ]


def _text(table: pd.DataFrame, name: str) -> pd.Series:
    return as_identifiers(table[name]) if name in NAMES else as_text(table[name])


def _without_zeros(sites: pd.Series) -> pd.Series:
    texts = as_text(sites)
    return texts.map({text: _number(text) for text in texts.unique()})


def _number(text: str) -> str:
    short = whole_number(text)
    return short.lstrip("0") or "0" if short.isascii() and short.isdigit() else text


def _two_in_one_well(table: pd.DataFrame, names: pd.Series, plain: pd.Series) -> tuple[str, str, str] | None:
    """Find a well in which two names have one number: the well and both, or None."""
    if names.nunique() == plain.nunique():
        return None  # each number has one name in the whole table
    wells = [name for name in WELL if name in table]
    places = pd.DataFrame({name: _text(table, name).to_numpy() for name in wells})
    places = places.assign(name=names.to_numpy(), plain=plain.to_numpy()).drop_duplicates()
    twice = places.duplicated([*wells, "plain"], keep=False)
    if not twice.any():
        return None
    first = places[twice].iloc[0]
    same = places[(places[[*wells, "plain"]] == first[[*wells, "plain"]]).all(axis=1)]
    where = ", ".join(f"{name} {first[name]}" for name in wells if first[name]) or "the table"
    return where, str(same["name"].iat[0]), str(same["name"].iat[1])


def _several_spellings(sites: pd.Series, plain: pd.Series) -> list[str]:
    """Give up to three spellings of one number; none where each has one."""
    pairs = pd.DataFrame({"text": sites.to_numpy(), "plain": plain.to_numpy()}).drop_duplicates()
    twice = pairs[pairs.duplicated("plain", keep=False)]
    return sorted(twice.loc[twice["plain"] == twice["plain"].iat[0], "text"])[:3] if len(twice) else []
