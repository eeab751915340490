"""The doses of a stranger's table, of one or several columns, as numbers in one unit; and what was made of them."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from cdcl.screen.counting import counted
from cdcl.screen.dose_notes import likely_doses, without_odd_units
from cdcl.screen.doses import (
    ALIKE,
    MASS,
    MOLAR,
    Doses,
    dose_text,
    in_one_unit,
    other_units,
    plain_dose,
    read_doses,
)
from cdcl.screen.headings import read_heading, read_unit
from cdcl.screen.identifiers import as_text
from cdcl.screen.odd_doses import (
    mostly_words,
    odd_doses,
    said_of_words,
    without_controls,
    without_sentinel,
    without_words,
)

WRITTEN = "concentration_written"
"""Column of what stands in a cell of doses and is none."""


class _Columns(NamedTuple):
    """The column that was taken for doses, and the table with all others."""

    first: str
    table: pd.DataFrame


def with_concentration(
    sites: pd.DataFrame, table: pd.DataFrame, taken: dict[str, str], notes: list[str]
) -> pd.DataFrame:
    """Read all columns of doses into `concentration`, in one unit; a cell that is no dose is told, and stays beside it.

    A column that is mostly words stays text.
    """
    if "concentration" not in sites:
        return _noting_likely(sites, notes)
    column = taken["concentration"]
    unit = read_heading(column).unit
    values = sites["concentration"]
    if "concentration_unit" in sites:
        values, odd = without_odd_units(values, sites["concentration_unit"], taken["concentration_unit"])
        notes += odd
    bare = values.dtype.kind in "iuf" and not unit and "concentration_unit" not in sites
    if bare and not any(_is_other(name, column) for name in table):
        return _with_numbers(sites, values, column, notes)
    units = sites["concentration_unit"].map(_spell_unit) if "concentration_unit" in sites else None
    if units is not None and unit:
        notes += _unit_beside(column, unit, taken["concentration_unit"], units)
    own = read_doses(_cells(values), unit, units)
    notes += other_units(own, column)
    words, no_doses = without_controls(_words(values, own), column, sites)
    own = without_words(own, words)
    notes += no_doses
    if mostly_words(own):
        notes.append(said_of_words(column, words, sites, kept=True))
        one = {str(unit) for unit in own.units if unit}
        more = {"concentration_unit": np.where(own.units == "", "", own.units)} if len(one) == 1 else {}
        return sites.assign(concentration=_kept_as_text(values, own), **more)
    if any(words):
        notes.append(said_of_words(column, words, sites, kept=False))
    doses = _with_other_columns(own, words, sites, _Columns(column, table), notes)
    return _in_numbers(_with_words(sites, words, doses), values, doses, column, notes)


def _is_other(name: object, first: str) -> bool:
    """Tell whether this is a further column of doses."""
    return str(name) != first and read_heading(str(name)).name == "concentration"


def _unit_beside(column: str, unit: str, beside: str, units: pd.Series) -> list[str]:
    """Say where the column of units names another than the heading of the doses."""
    other = units[(units != "") & (units != unit)]
    if not len(other) or column == "concentration":
        return []
    rows = counted(len(other), "row", "rows")
    return [f"column {column} says {unit}, and column {beside} {other.iloc[0]} in {rows}: the latter is taken."]


def _with_numbers(sites: pd.DataFrame, values: pd.Series, column: str, notes: list[str]) -> pd.DataFrame:
    """Take numbers without a unit as they are, but for one that stands for none."""
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    kept, said = without_sentinel(numbers, column, sites)
    notes += [*said, *odd_doses((), kept)]
    return sites.assign(concentration=kept) if said else sites


def _in_numbers(sites: pd.DataFrame, values: pd.Series, doses: Doses, column: str, notes: list[str]) -> pd.DataFrame:
    numbers, common, said = in_one_unit(doses)
    numbers, empty = without_sentinel(numbers, column, sites)
    notes += [*said, *empty, *odd_doses(_cells(values), numbers)]
    units = np.where(np.isnan(numbers), "", common) if common else np.where(np.isnan(numbers), "", doses.units)
    return sites.assign(concentration=numbers, **({"concentration_unit": units} if any(doses.units) else {}))


def _words(values: pd.Series, doses: Doses) -> list[str]:
    """Give what is written in each row that was not read; "" elsewhere."""
    texts = as_text(values).tolist()
    return [text if plain_dose(text) in doses.unread else "" for text in texts]


def _with_words(sites: pd.DataFrame, words: list[str], doses: Doses) -> pd.DataFrame:
    """Keep what is written where there is no number; no column where there is no such cell."""
    left = np.where(np.isnan(doses.values), np.array(words, dtype=object), "")
    return sites.assign(**{WRITTEN: left}) if any(left) else sites


def _cells(values: pd.Series) -> list[object]:
    return values.astype(object).where(values.notna(), "").tolist()


def _spell_unit(text: str) -> str:
    return read_unit(text) or text


def _kept_as_text(values: pd.Series, doses: Doses) -> pd.Series:
    """Spell the numbers of a column with words one way: "0.50" and "0.5" are one dose, and so are 500 nM and 0.5 µM."""
    words = np.array([plain_dose(str(cell)) for cell in as_text(values)], dtype=object)
    numbers, common, _ = in_one_unit(doses)
    units = [""] * len(words) if len(set(doses.units) - {""}) < 2 else [common or str(unit) for unit in doses.units]
    texts = [
        word if word in doses.unread else "0" if value == 0 else dose_text(value, unit)
        for word, value, unit in zip(words, numbers, units, strict=True)
    ]
    return pd.Series(texts, index=values.index, dtype=object)


def _with_other_columns(
    doses: Doses, words: list[str], sites: pd.DataFrame, columns: _Columns, notes: list[str]
) -> Doses:
    """Fill gaps from further columns of doses with a unit, such as Dose_nM beside Dose_uM where maps are joined."""
    (first, table), values, units = columns, doses.values.copy(), doses.units.copy()
    for column in map(str, table.columns):
        if not _is_other(column, first):
            continue
        other = read_doses(_cells(table[column]), read_heading(column).unit)
        notes += other_units(other, column)
        odd = _words(table[column], other)
        if any(odd):
            notes.append(said_of_words(column, odd, sites, kept=False))
            words[:] = [one or beside for one, beside in zip(words, odd, strict=True)]
        gaps = np.isnan(values) & ~np.isnan(other.values)
        notes += _contradictions(Doses(values, units, {}), other, first, column)
        if not gaps.any():
            continue
        values[gaps], units[gaps] = other.values[gaps], other.units[gaps]
        missing = counted(int(gaps.sum()), "dose missing", "doses missing")
        verb = "is" if gaps.sum() == 1 else "are"
        notes.append(f"{missing} in column {first} {verb} taken from column {column}.")
    return Doses(values, units, {})


def _contradictions(doses: Doses, other: Doses, first: str, column: str) -> list[str]:
    """Name a row in which two columns of doses, in units that convert, say different things."""
    for row in np.flatnonzero(~np.isnan(doses.values) & ~np.isnan(other.values)):
        one, two = str(doses.units[row]), str(other.units[row])
        scales = [table for table in (MOLAR, MASS, {"": 1.0}) if one in table and two in table]
        if not scales:
            continue
        scale = scales[0]
        here, there = doses.values[row] * scale[one], other.values[row] * scale[two]
        if abs(here - there) > ALIKE * abs(here):
            said = f"{dose_text(doses.values[row], one) or 0} and {dose_text(other.values[row], two) or 0}"
            return [f"columns {first} and {column} contradict each other, first with {said}: the former is taken."]
    return []


def _is_likely(name: str) -> bool:
    """Tell whether a heading speaks of doses: by a word, by a unit in brackets, or as [drug]."""
    unit = re.search(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$", name)
    words = any(part in name.lower() for part in ("conc", "konz", "dose", "dosis"))
    return words or bool(unit and len(unit[1]) > 1 and read_unit(unit[1]))


def _noting_likely(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Name a column that looks like doses where none was read."""
    likely = [str(name) for name in sites if _is_likely(str(name))]
    if likely and "compound" in sites:
        notes.append(likely_doses(likely[0]))
    return sites
