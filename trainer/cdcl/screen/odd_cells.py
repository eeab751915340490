"""Cells that are read otherwise than they are written, or may be meant otherwise: each kind is told once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.screen.identifiers import whole_number
from cdcl.screen.plates import (
    MOST_COLUMNS,
    MOST_ROWS,
    is_column_first,
    likely_well,
    normalise_well,
    well_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

_LETTERS = 26
"""Rows that are named by one letter."""

_BREAK = re.compile("[\\t\\n\\v\\f\\r\x1c-\x1e\x85\u2028\u2029]+")
"""What ends a line somewhere, and tabs."""

_TRUE_FALSE = {"TRUE", "FALSE"}
_BEHIND_A_PLATE = re.compile(r".*[\s_.:/|-]([A-Za-z]{1,2}\d{1,3})")
"""P1_A01: a well behind the name of its plate."""


def well_notes(wells: pd.Series) -> list[str]:
    """Say which wells (as they are written) are read column first, and which have no place on a plate, and why.

    >>> import pandas as pd
    >>> well_notes(pd.Series(["1A", "B02"]))
    ["1 well names the column first, such as '1A': read as A01."]
    """
    found: dict[str, list[str]] = {}
    texts = [str(text).strip() for text in wells.unique()]
    doubted = [text for text in texts if _is_doubtful(text)]
    # AO1 is a well of the largest plates, and of no other: beside wells of rows A to Z it is A01.
    large = any(_has_two_letters(text) for text in texts if text not in doubted)
    for text in texts:
        why = "slip" if text in doubted and not large else _oddity(text)
        if why:
            found.setdefault(why, []).append(text)
    return [_SAID[why](names) for why, names in found.items()]


def _is_doubtful(text: str) -> bool:
    """Tell whether a well has a place on the largest plates, and another if a letter stands for a digit."""
    return _has_two_letters(text) and bool(likely_well(text))


def _has_two_letters(text: str) -> bool:
    row, _ = well_place(normalise_well(text))
    return row >= _LETTERS


def _oddity(text: str) -> str:
    """Name the kind of a well that is no plain one; "" for one that has its place."""
    if not text:
        return ""
    if is_column_first(text):
        return "first"
    row, column = well_place(normalise_well(text))
    if 0 <= row < MOST_ROWS and 0 <= column < MOST_COLUMNS:
        return ""
    if likely_well(text):
        return "slip"
    if row >= 0:
        return "off"
    if whole_number(text).isdecimal():
        return "number"
    return "plate" if _BEHIND_A_PLATE.fullmatch(text) else "name"


def plate_and_well(text: str, plates: Iterable[str]) -> tuple[str, str]:
    """Part a cell that begins with the name of a plate and ends in a well; ("", "") where it does not.

    >>> plate_and_well("P1B03", ["P1", "P2"]), plate_and_well("B03", ["P1"])
    (('P1', 'B03'), ('', ''))
    """
    for plate in sorted(map(str, plates), key=len, reverse=True):
        rest = normalise_well(text.removeprefix(plate).lstrip(" _.:/|-"))
        if plate and text.startswith(plate) and well_place(rest)[0] >= 0:
            return plate, rest
    return "", ""


def _counted(names: list[str], one: str, several: str) -> str:
    return (
        f"1 well {one}, such as '{names[0]}'"
        if len(names) == 1
        else f"{len(names)} wells {several}, such as '{names[0]}'"
    )


def _first(names: list[str]) -> str:
    return f"{_counted(names, 'names the column first', 'name the column first')}: read as {normalise_well(names[0])}."


def _slip(names: list[str]) -> str:
    what = "a letter for a digit" if names[0].isascii() else "a letter of another alphabet"
    said = _counted(names, f"seems to have {what}", f"seem to have {what}")
    kept = "it is kept as it stands" if len(names) == 1 else "they are kept as they stand"
    return f"{said}: is that {likely_well(names[0])}? Write it so; {kept}."


def _off(names: list[str]) -> str:
    said = _counted(names, "lies on no plate", "lie on no plate")
    return f"{said} (the largest has {MOST_ROWS} rows and {MOST_COLUMNS} columns): kept as a name; is it a slip?"


def _number(names: list[str]) -> str:
    said = _counted(names, "is a number", "are numbers")
    return f"{said}: kept as names, for whether they count along rows or columns only you know; write A01, A02, ..."


def _plate(names: list[str]) -> str:
    found = _BEHIND_A_PLATE.fullmatch(names[0])
    well = normalise_well(found[1]) if found else names[0]
    said = _counted(names, "seems to hold the plate, too", "seem to hold the plate, too")
    return f"{said}: kept as names without a place on the plate; write {well}, and the plate into a column plate."


def _name(names: list[str]) -> str:
    said = _counted(names, "is no well of a plate", "are no wells of a plate")
    return f"{said}: kept as names without a place on a plate."


_SAID: Mapping[str, Callable[[list[str]], str]] = {
    "first": _first,
    "slip": _slip,
    "off": _off,
    "number": _number,
    "plate": _plate,
    "name": _name,
}


def broken_lines(texts: pd.Series, column: str, *, read: bool) -> list[str]:
    """Say how many cells of names hold a line break or a tab; `read` tells whether they are read as a blank."""
    inner = texts.str.strip()
    broken = inner.map({text: bool(_BREAK.search(text)) for text in inner.unique()}).astype(bool)
    if not broken.any():
        return []
    first = inner[broken].iloc[0]
    made = f"read as '{' '.join(first.split())[:60]}'." if read else "kept; is that the name?"
    cells = "1 cell" if broken.sum() == 1 else f"{int(broken.sum())} cells"
    holds = "holds" if broken.sum() == 1 else "hold"
    return [f"{cells} of column {column} {holds} a line break or a tab, first {first[:60]!r}: {made}"]


def true_or_false(texts: pd.Series, column: str) -> list[str]:
    """Ask about names that are TRUE or FALSE: a spreadsheet writes words of a formula or a tick box so."""
    found = texts[texts.str.upper().isin(_TRUE_FALSE)]
    if not len(found):
        return []
    shown = " and ".join(f"'{word}' ({count})" for word, count in found.value_counts().items())
    return [f"column {column} holds {shown}, as a spreadsheet writes truths: taken as names; are they?"]
