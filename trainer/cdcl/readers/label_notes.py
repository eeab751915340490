"""Names of a screen held against each other: two spellings of one, words for "missing", what a spreadsheet made."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cdcl.screen.counting import counted
from cdcl.screen.identifiers import MISSING, alike_names
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

SHOWN = 3
"""Pairs of names that are told; whoever made one slip made many."""

_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of spreadsheets."""
_DAYS = range(36_526, 55_153)
"""2000 to 2050 as a spreadsheet counts days."""

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00)?")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_GENE_DATE = re.compile(
    rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{1,2}}|\d{{4}}-\d{{2}}-\d{{2}} 00:00:00", re.IGNORECASE
)


def name_notes(sites: pd.DataFrame) -> list[str]:
    """Name what is spelled in two ways, was changed by a spreadsheet, or contradicts itself, one line each."""
    notes = []
    for column in ("plate", "batch", "treatment", "compound"):
        names = _names(sites, column)
        if column == "compound" and names and names == _names(sites, "treatment"):
            continue  # said of the treatment
        notes += [
            f"{column} '{one}' and '{other}' differ only in zeros or case, or look alike: are they one?"
            for one, other in alike_names(names)[:SHOWN]
        ]
        notes += [
            f"{column} '{one}' and '{other}' are the same to a spreadsheet: are they one?"
            for one, other in spreadsheet_twins(names)[:SHOWN]
        ]
        if column in ("plate", "batch"):
            notes += [f"a {column} is called '{name}': taken as a name." for name in sorted(set(names) & set(MISSING))]
            notes += _shortened(column, names)
        else:
            notes += [*_shortened(column, names), *_dated(column, names)]
    return [*notes, *_several_treatments(sites)]


def spreadsheet_twins(names: Iterable[str]) -> list[tuple[str, str]]:
    """Give pairs of names that a spreadsheet takes for one number or one date.

    >>> spreadsheet_twins(["44927", "2023-01-01", "1E5", "100000", "P1"])
    [('100000', '1E5'), ('2023-01-01', '44927')]
    """
    first: dict[object, str] = {}
    pairs = []
    for name in sorted(set(names)):
        key = _spreadsheet_value(name)
        other = name if key is None else first.setdefault(key, name)
        # Names that differ in zeros only are told as such.
        if other != name and not alike_names([name, other]):
            pairs.append((other, name))
    return pairs


def _spreadsheet_value(name: str) -> object:
    """Give the number or date that a name is to a spreadsheet; None where it is a word."""
    if match := _DATE.fullmatch(name):
        try:
            return date(*map(int, match.groups()))
        except ValueError:
            return None
    if name.isascii() and name.isdecimal() and not name.startswith("0") and int(name) in _DAYS:
        return _FIRST_DAY + timedelta(days=int(name))
    if (name.isascii() and name.isdecimal() and len(name) < 300) or _EXPONENT.fullmatch(name):
        return float(name.replace(",", "."))
    return None


def _names(sites: pd.DataFrame, column: str) -> list[str]:
    return [str(name) for name in sites[column].unique() if name != ""] if column in sites else []


def _shortened(column: str, names: list[str]) -> list[str]:
    found = [name for name in names if _EXPONENT.fullmatch(name) and "." in name.replace(",", ".")]
    return [
        f"a {column} is called '{name}': a spreadsheet writes long numbers so, and several as the same; is it one?"
        for name in found[:1]
    ]


def _dated(column: str, names: list[str]) -> list[str]:
    found = [name for name in names if _GENE_DATE.fullmatch(name)]
    if not found:
        return []
    return [
        f"{len(found)} names of the column {column} are dates, such as '{found[0]}': a spreadsheet makes them of genes."
    ]


def _several_treatments(sites: pd.DataFrame) -> list[str]:
    """Name a well that holds two treatments: a well listed twice, or rows that slipped."""
    if "treatment" not in sites:
        return []
    given = sites[sites["treatment"] != ""]
    keys = well_keys(given)
    pairs = given[["treatment"]].assign(key=keys.to_numpy()).drop_duplicates()
    several = pairs["key"][pairs["key"].duplicated()].unique()
    if not len(several):
        return []
    both = pairs.loc[pairs["key"] == several[0], "treatment"].tolist()
    wells = counted(len(several), "well holds", "wells hold")
    told = f"{wells} several treatments, such as {several[0]} ({', '.join(map(str, both[:SHOWN]))})"
    return [f"{told}: are rows listed twice, or have slipped?"]
