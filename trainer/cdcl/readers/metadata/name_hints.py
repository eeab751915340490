"""Why a map and the images do not meet: the same plates, batches or wells, spelled otherwise."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.readers.metadata.workbook_looks import WORKBOOKS
from cdcl.screen.doses import read_number
from cdcl.screen.identifiers import differ_in_zeros
from cdcl.screen.odd_cells import plate_and_well, well_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

HINT = "Of the"
"""How the reason begins that lies in the wells; what was noted of them before need not come again."""

_SHORTENED = re.compile(r"\d[.,]\d+[eE]\+?\d{1,3}")
"""9.0072E+15, as a spreadsheet shows a long number."""


def hint(sites: pd.DataFrame, wells: pd.DataFrame, keys: Sequence[str], platemap: Path, rows: str = "images") -> str:
    """Say what may be the cause, in a sentence behind a blank, of `rows` and a map; "" where nothing is known."""
    for name in keys:
        ours, theirs = set(sites[name].astype(str)), set(wells[name].astype(str))
        lacking, strange = sorted(ours - theirs), sorted(theirs - ours)
        if alike := differ_in_zeros(lacking, strange):
            return f" {name} '{alike[0]}' and '{alike[1]}' differ only in zeros or case: is that the same {name}?"
        if name == "well" and (said := _of_wells(lacking, strange, ours & theirs, sites["plate"])):
            return said.replace(f"{HINT} images", f"{HINT} {rows}")
        if name != "well" and (said := _numbers(name, lacking, strange)):
            return said
        if name == "plate" and platemap.suffix.lower() in WORKBOOKS and not ours & theirs:
            return " Sheets of the same wells are plates, by their titles: title them as the plates are called."
    return ""


def _of_wells(ours: Sequence[str], theirs: Sequence[str], shared: set[str], plates: pd.Series) -> str:
    """Say what is odd of wells that found no partner: of the map's, or else of the images'."""
    names = plates.astype(str).unique()
    for whose, wells in (("map", theirs), ("images", ours)):
        both = next((found for text in wells if (found := plate_and_well(text, names))[0]), None)
        if both:
            cell = next(text for text in wells if plate_and_well(text, names) == both)
            said = f"'{cell}' seems to be plate and well in one, and so may others"
            return f" {HINT} {whose}, {said}: write {both[1]} into a column well, and {both[0]} into a column plate."
        if not shared and (notes := well_notes(pd.Series(wells, dtype=object))):
            return f" {HINT} {whose}, {notes[0]}"
    return ""


def _numbers(name: str, ours: Iterable[str], theirs: Iterable[str]) -> str:
    """Find names that are one number, or that a spreadsheet shortened until nobody can tell which."""
    known = {value: text for text in theirs if not math.isnan(value := read_number(text))}
    same = next(((text, known[value]) for text in ours if (value := read_number(text)) in known), None)
    if same:
        return f" {name} '{same[0]}' and '{same[1]}' are one number: write the map's as the images have it."
    short = next((text for text in theirs if _SHORTENED.fullmatch(text)), None)
    if short:
        return f" {name} '{short}' is a long number that a spreadsheet shortened: write it anew, in cells of text."
    return ""
