"""Tables from elsewhere, in our words: known columns, wells, doses, controls, and notes on what was made of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from cdcl.screen.concentrations import with_concentration
from cdcl.screen.control_columns import with_control_heading
from cdcl.screen.controls import normalise_control
from cdcl.screen.counting import counted
from cdcl.screen.derivation import derive
from cdcl.screen.dose_notes import holds_units, is_unit_heading, mixed_units
from cdcl.screen.doses import decimal_comma, read_number
from cdcl.screen.headings import ALIASES, known_columns, read_heading
from cdcl.screen.identifiers import MISSING, NAMES, as_identifiers, as_text, whole_numbers
from cdcl.screen.near_headings import near_notes
from cdcl.screen.odd_cells import broken_lines, true_or_false, well_notes
from cdcl.screen.plates import normalise_well
from cdcl.screen.site_names import one_spelling

__all__ = [
    "ALIASES",
    "MISSING",
    "Interpretation",
    "as_text",
    "interpret",
    "known_columns",
    "normalise_control",
    "standardise",
    "standardise_noting",
]

_NUMBERS = {"concentration", "num_cells"}
_FAILED = r"#(?:REF!|DIV/0!|NAME\?|VALUE!|NUM!|NULL!|SPILL!|CALC!|FIELD!)|#{3,}|#?Err:\d+"
"""What Excel and LibreOffice show of a formula that failed, and of a number that is wider than its column."""
_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
"""Soft hyphens, spaces of no width and marks of direction, which come with text of web pages."""
_DASHES = r"[-\u2013\u2014.]{1,3}"


@dataclass(frozen=True)
class Interpretation:
    """A table in our words.

    Attributes
    ----------
    table
        With known columns under our names.
    taken
        Our name, and the column that was taken for it.
    notes
        One line for each thing that was not understood, converted, or may be meant otherwise.
    """

    table: pd.DataFrame
    taken: dict[str, str]
    notes: tuple[str, ...]

    def columns(self) -> str:
        """Say in one line which column was taken for what; "" where all have our names already."""
        renamed = {name: column for name, column in self.taken.items() if name != column}
        return ", ".join(f"{name} = {column}" for name, column in renamed.items())


def standardise(table: pd.DataFrame) -> pd.DataFrame:
    """Give the table of `interpret`, without its notes."""
    return interpret(table).table


def standardise_noting(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Give the table of `interpret`, and add its notes: who reads the table again does not see what was there."""
    known = interpret(table)
    notes += known.notes
    return known.table


def interpret(table: pd.DataFrame) -> Interpretation:
    """Rename known columns to our names, spell wells and controls one way, and derive `treatment` where it is missing.

    Identifiers are strings and missing ones ""; a plate or batch may be called NA. `concentration` is a float where
    some of it parses, in one unit that stands in `concentration_unit`. Where two columns mean the same, the more
    explicit one gets our name and the other keeps its own.
    """
    notes: list[str] = []
    names = _plausible(table, known_columns(table.columns), notes)
    names = with_control_heading(table, names, notes)
    taken = {ours: theirs for theirs, ours in names.items()}
    taken |= {name: name for name in ALIASES if name in table}
    notes += _twins(table, taken)
    sites = table.rename(columns=names)
    for name in ALIASES:
        if name in sites and name not in _NUMBERS:
            text = as_identifiers(sites[name]) if name in NAMES else as_text(sites[name])
            notes += broken_lines(text, taken.get(name, name), read=name not in NAMES)
            # Plates and batches keep their letters: folders and other tables are found by them.
            sites[name] = text.str.replace(_INVISIBLE, "", regex=True).str.strip() if name in NAMES else _as_seen(text)
    _shorten(sites, taken, notes)
    for name in ("treatment", "compound", "mechanism"):
        notes += true_or_false(sites[name], taken[name]) if name in sites else []
    if "num_cells" in sites:
        sites["num_cells"] = _as_numbers(sites["num_cells"])
    if "well" in sites:
        notes += well_notes(sites["well"])
        sites["well"] = sites["well"].map({well: normalise_well(well) for well in sites["well"].unique()})
    if "site" in sites:  # after the wells, in which two names may be one
        sites["site"] = one_spelling(sites, notes)
    sites = _without_dashes(_without_errors(sites, taken, notes), notes)
    sites = with_concentration(sites, table, taken, notes)
    sites = derive(sites, taken, notes)
    return Interpretation(sites, taken, (*notes, *near_notes(table.columns, notes)))


def _shorten(sites: pd.DataFrame, taken: dict[str, str], notes: list[str]) -> None:
    """Write identifiers that another program made decimals, 100.0 in each row, as the whole numbers they are."""
    for name in ("treatment", "compound"):
        short = whole_numbers(sites[name]) if name in sites else None
        if short is not None and not short.equals(sites[name]):
            first = next(text for text in sites[name] if text)
            notes.append(f"column {taken[name]} holds whole numbers with .0 only, such as {first}: read without it.")
            sites[name] = short


def _as_seen(texts: pd.Series) -> pd.Series:
    """Write names alike that look alike: accents as one letter or two, gaps and hyphens of any kind, what is unseen."""
    return texts.map({text: _seen(text) for text in texts.unique()})


def _seen(text: str) -> str:
    bare = unicodedata.normalize("NFC", re.sub(_INVISIBLE, "", text))
    return " ".join(bare.replace("\u2010", "-").replace("\u2011", "-").split())


def _without_dashes(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Empty the names that are dashes only: people write them where there is nothing."""
    for name in ("treatment", "compound"):
        dashes = sites[name].str.fullmatch(_DASHES).astype(bool) if name in sites else pd.Series(dtype=bool)
        if dashes.any():
            cells = counted(int(dashes.sum()), "cell holds a dash only and is", "cells hold a dash only and are")
            notes.append(f"column {name}: {cells} empty.")
            sites = sites.assign(**{name: sites[name].mask(dashes, "")})
    return sites


def _without_errors(sites: pd.DataFrame, taken: dict[str, str], notes: list[str]) -> pd.DataFrame:
    """Empty the cells in which a spreadsheet says that a formula failed, and count them: #REF! is no treatment."""
    for name, column in taken.items():
        if name not in sites or sites[name].dtype.kind in "biuf":
            continue
        text = sites[name].astype(str).str.strip()
        failed = text.str.fullmatch(_FAILED).fillna(False).astype(bool)
        if failed.any():
            cells = counted(int(failed.sum()), "cell holds", "cells hold")
            first = text[failed].iloc[0]
            notes.append(f"column {column}: {cells} an error of a spreadsheet, such as {first}: taken for empty.")
            sites = sites.assign(**{name: sites[name].mask(failed, "")})
    return sites


def _twins(table: pd.DataFrame, taken: dict[str, str]) -> list[str]:
    """Name columns that say the same by their headings, and differ: one heading in two cases, or two of sites."""
    notes = []
    for column in map(str, table.columns):
        ours = read_heading(column).name
        one = taken.get(ours, column)
        alike = one.casefold() == column.casefold() or ours in ("well", "site", "control")
        if one != column and alike and not _equal(table[one], table[column], ours):
            notes.append(
                f"columns {one} and {column} differ and mean the same: {one} is taken, {column} stays as it is."
            )
    return notes


def _equal(one: pd.Series, other: pd.Series, ours: str) -> bool:
    texts = (as_text(one), as_text(other))
    if ours == "well":
        texts = (texts[0].map(normalise_well), texts[1].map(normalise_well))
    return bool((texts[0].to_numpy() == texts[1].to_numpy()).all())


def _plausible(table: pd.DataFrame, names: dict[str, str], notes: list[str]) -> dict[str, str]:
    """Leave out what goes by a known name and holds something else: in CMap's tables `cell_id` is a cell line."""
    kept = dict(names)
    if "concentration" in {*names.values(), *map(str, table)} and "concentration_unit" not in {*names.values(), *table}:
        kept |= {str(name): "concentration_unit" for name in table if _holds_units(str(name), table[name])}
        notes += mixed_units(table)
    for column, ours in names.items():
        if ours != "cell":
            continue
        texts = as_text(table[column])
        numbers = pd.to_numeric(texts, errors="coerce")
        is_line = bool(numbers.isna().any()) or (len(texts) > 1 and texts.nunique() == 1)
        if is_line and len(texts):
            del kept[column]
            notes.append(f"column {column} numbers no cells (it holds '{texts.iloc[0]}') and is kept as it is.")
    return kept


def _holds_units(name: str, values: pd.Series) -> bool:
    """Tell whether a column called "unit" holds units of doses, but for a few words."""
    if not is_unit_heading(name):
        return False
    return holds_units(values)


def _as_numbers(values: pd.Series) -> pd.Series:
    """Give numbers where every value that is there is one, else strings."""
    if pd.api.types.is_numeric_dtype(values) and values.dtype.kind != "b":
        return values
    text = as_text(values)
    comma = decimal_comma(text)
    numbers = text.map({cell: read_number(cell, comma=comma) for cell in text.unique()}).astype(float)
    return numbers if bool((numbers.notna() | (text == "")).all()) else text
