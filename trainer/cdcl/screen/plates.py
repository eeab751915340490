"""Names of plates and wells, spelled one way."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WELL = re.compile(r"(?:well[\s_:-]*)?([A-Za-z]{1,2})[\s_.:/-]*0?(\d{1,2})(?:\.0+)?", re.IGNORECASE)
"""A01, A1 or A001. More zeros are of a number that is no column, as in W00001 and P00012."""

_IN_BRACKETS = re.compile(r"\(?([A-Za-z]{1,2})\s*[(\[,;]\s*0*(\d{1,2})(?:\.0+)?\s*[)\]]?")
"""A(1), A[1] and (A,1)."""
_COLUMN_FIRST = re.compile(r"0?([1-9]\d?)[\s_-]*([A-Pa-p]|[Aa][A-Fa-f])")
"""1A, 12-H: the rows of plates up to 1536 wells."""

MOST_ROWS, MOST_COLUMNS = 48, 72
"""Of the largest plate that is made, with 3456 wells."""

_SLIPS = str.maketrans("OoIl|", "00111")
"""Letters that are typed, or read from paper, for a digit."""

_LATIN = str.maketrans(
    "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1",
    "ABCEHKMOPABEHIKMNOP",
)
"""Capitals of Cyrillic and of Greek that look like these."""

_OPERETTA_WELL = re.compile(r"[rR]0*(\d{1,2})[cC]0*(\d{1,2})")


def normalise_well(well: str) -> str:
    """Spell a well as "A01" or "AA07"; what does not look like a well is only stripped.

    >>> [normalise_well(well) for well in ("a1", "A-01", "AA7", "B:7", "Well C3", "r03c11", "A(1)", "12H", "slide 4")]
    ['A01', 'A01', 'AA07', 'B07', 'C03', 'C11', 'A01', 'H12', 'slide 4']
    """
    text = unicodedata.normalize("NFKC", well).strip().removeprefix("'")
    if match := _WELL.fullmatch(text) or _IN_BRACKETS.fullmatch(text):
        return f"{match[1].upper()}{int(match[2]):02d}"
    if match := _OPERETTA_WELL.fullmatch(text):
        return well_name(int(match[1]), int(match[2]))
    if match := _COLUMN_FIRST.fullmatch(text):
        return f"{match[2].upper()}{int(match[1]):02d}"
    return text


def likely_well(well: str) -> str:
    """Guess the well in which a letter was typed for a digit, O for 0 or l for 1, or one of another alphabet.

    "" where there is no such guess.

    >>> [likely_well(well) for well in ("Bo7", "B0l", "AO1", "AAO7", "B07", "well")]
    ['B07', 'B01', 'A01', 'AA07', '', '']
    """
    text = unicodedata.normalize("NFKC", well).strip().removeprefix("'")
    for head in (1, 2):
        letters, digits = text[:head].translate(_LATIN), text[head:].translate(_SLIPS)
        if (
            letters.isalpha()
            and letters + digits != text
            and (match := _WELL.fullmatch(letters + digits))
            and int(match[2])
        ):
            guess = normalise_well(letters + digits)
            row, column = well_place(guess)
            return guess if row < MOST_ROWS and column < MOST_COLUMNS else ""
    return ""


def is_column_first(well: str) -> bool:
    """Tell whether `normalise_well` reads a well whose column stands first, as in 1A."""
    return _COLUMN_FIRST.fullmatch(unicodedata.normalize("NFKC", well).strip().removeprefix("'")) is not None


def well_name(row: int, column: int) -> str:
    """Name the well in a row and column, both counted from 1.

    >>> well_name(3, 11), well_name(27, 1)
    ('C11', 'AA01')
    """
    return f"{row_letters(row)}{column:02d}"


def well_place(well: str) -> tuple[int, int]:
    """Give row and column of a well, counted from 0; (-1, -1) for a name that is no well.

    >>> well_place("B03"), well_place("AA1"), well_place("slide 4")
    ((1, 2), (26, 0), (-1, -1))
    """
    match = _WELL.fullmatch(well.strip())
    if not match:
        return -1, -1
    row = 0
    for letter in match[1].upper():
        row = 26 * row + ord(letter) - ord("A") + 1
    return row - 1, int(match[2]) - 1


def plate_keys(sites: pd.DataFrame) -> pd.Series:
    """Tell plates of the same name in different batches apart: "batch/plate", or "plate" where no batch is known."""
    plate = sites["plate"].astype(str)
    if "batch" not in sites:
        return plate.rename("plate_key")
    batch = sites["batch"].fillna("").astype(str)
    return plate.where(batch == "", batch + "/" + plate).rename("plate_key")


def well_keys(sites: pd.DataFrame) -> pd.Series:
    """Name each row's well within the whole screen: "batch/plate/well"."""
    return (plate_keys(sites) + "/" + sites["well"].astype(str)).rename("well_key")


def row_letters(row: int) -> str:
    """Name the `row`th row, from 1: A to Z, then AA to AF."""
    letter = chr(ord("A") + (row - 1) % 26)
    return letter if row <= 26 else row_letters((row - 1) // 26) + letter
