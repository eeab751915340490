"""The doses of a stranger's table, of one or several columns, as numbers in one unit; and what was made of them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cdcl.screen.dose_notes import likely_doses, without_odd_units
from cdcl.screen.doses import (
    ALIKE,
    MASS,
    MOLAR,
    Doses,
    dose_text,
    in_one_unit,
    odd_doses,
    other_units,
    plain_dose,
    read_doses,
)
from cdcl.screen.headings import read_heading, read_unit
from cdcl.screen.identifiers import as_text


def with_concentration(
    sites: pd.DataFrame, table: pd.DataFrame, taken: dict[str, str], notes: list[str]
) -> pd.DataFrame:
    """Read all columns of doses into `concentration`, in one unit; what is no dose stays text, and is told."""
    if "concentration" not in sites:
        return _noting_likely(sites, notes)
    column = taken["concentration"]
    unit = read_heading(column).unit
    values = sites["concentration"]
    if "concentration_unit" in sites:
        values, odd = without_odd_units(values, sites["concentration_unit"], taken["concentration_unit"])
        notes += odd
    if values.dtype.kind in "iuf" and not unit and "concentration_unit" not in sites:
        notes += odd_doses((), values.to_numpy(dtype=np.float64, na_value=np.nan))
        return sites
    units = sites["concentration_unit"].map(_spell_unit) if "concentration_unit" in sites else None
    own = read_doses(_cells(values), unit, units)
    notes += other_units(own, column)
    doses = _with_other_columns(own, table, column, notes)
    if doses.unread:
        kept = _kept_as_text(values, doses)
        one = {str(unit) for unit in doses.units if unit}
        more = {"concentration_unit": np.where(doses.units == "", "", doses.units)} if len(one) == 1 else {}
        named = ", ".join(f"'{word}' ({count})" for word, count in list(doses.unread.items())[:5])
        others = "" if len(one) < 2 else f", and no other dose is converted: they stay in {', '.join(sorted(one))}"
        notes.append(f"column {column} holds words that are no doses: {named}; they are kept as text{others}.")
        return sites.assign(concentration=kept, **more)
    numbers, common, said = in_one_unit(doses)
    notes += [*said, *odd_doses(_cells(values), doses.values)]
    if common:
        shown = np.where(np.isnan(numbers), "", common)
        return sites.assign(concentration=numbers, concentration_unit=shown)
    return sites.assign(concentration=numbers, **({"concentration_unit": doses.units} if any(doses.units) else {}))


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
        word if word in doses.unread else dose_text(value, unit)
        for word, value, unit in zip(words, numbers, units, strict=True)
    ]
    return pd.Series(texts, index=values.index, dtype=object)


def _with_other_columns(doses: Doses, table: pd.DataFrame, first: str, notes: list[str]) -> Doses:
    """Fill gaps from further columns of doses with a unit, such as Dose_nM beside Dose_uM where maps are joined."""
    values, units, unread = doses.values.copy(), doses.units.copy(), dict(doses.unread)
    for column in map(str, table.columns):
        heading = read_heading(column)
        if heading.name != "concentration" or column == first:
            continue
        other = read_doses(_cells(table[column]), heading.unit)
        notes += other_units(other, column)
        gaps = np.isnan(values) & ~np.isnan(other.values)
        notes += _contradictions(Doses(values, units, {}), other, first, column)
        if not gaps.any():
            continue
        values[gaps], units[gaps] = other.values[gaps], other.units[gaps]
        notes.append(f"{int(gaps.sum())} doses missing in column {first} are taken from column {column}.")
    return Doses(values, units, unread)


def _contradictions(doses: Doses, other: Doses, first: str, column: str) -> list[str]:
    """Name a row in which two columns of doses, in units that convert, say different things."""
    for row in np.flatnonzero(~np.isnan(doses.values) & ~np.isnan(other.values)):
        one, two = str(doses.units[row]), str(other.units[row])
        scale = next((table for table in (MOLAR, MASS) if one in table and two in table), None)
        if scale is None:
            continue
        here, there = doses.values[row] * scale[one], other.values[row] * scale[two]
        if abs(here - there) > ALIKE * abs(here):
            said = f"{doses.values[row]:g} {one} and {other.values[row]:g} {two}"
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
