"""Names as text: of plates, batches, treatments; what is missing, and one spelling for numbers."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = ("nan", "NaN", "NA", "N/A", "n/a", "<NA>", "#N/A", "None", "NONE", "null", "NULL")
"""What tables write where there is no value."""

NAMES = ("batch", "plate", "source")
"""Columns in which those words are names: a plate or batch may be called NA."""

_WHOLE = re.compile(r"[+-]?\d+\.0+")
_APOSTROPHES = "[\u2018\u2019\u2032\u02b9\u02bc\u0060\u00b4]"
"""What word processors and publications write for ' in 5'-azacytidine."""


def as_text(values: pd.Series) -> pd.Series:
    """Give `values` as stripped strings; whole numbers lose their ".0", and missing values are ""."""
    text = as_names(values)
    missing = text.isin(MISSING)
    return text.mask(missing, "") if missing.any() else text


def as_names(values: pd.Series) -> pd.Series:
    """Give `values` as stripped strings, words such as "NA" too: only what is not there is ""."""
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    if isinstance(values.dtype, pd.StringDtype):
        given = values.astype(str).where(values.notna(), "")
        stripped = given.str.strip()
        # What needed no stripping is kept: a second copy of a million paths is freed at once.
        return given if stripped.equals(given) else stripped
    return values.astype(object).where(values.notna(), "").astype(str).str.strip()


def as_identifiers(values: pd.Series) -> pd.Series:
    """Give names of plates and batches: as `as_names`, and "1.0" is "1", as pandas writes it where any is missing."""
    names = as_names(values)
    short = {name: whole_number(name) for name in names.unique()}
    return names.map(short) if any(name != text for name, text in short.items()) else names


def whole_number(text: str) -> str:
    """Write "1.0" as "1"; all else stays, also "0012" and "1e5".

    >>> [whole_number(text) for text in ("1.0", "0012", "1e5", "1.5", "P1.0")]
    ['1', '0012', '1e5', '1.5', 'P1.0']
    """
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def whole_numbers(texts: pd.Series) -> pd.Series:
    """Write names as whole numbers where each of a column is one with ".0": so pandas writes them where any is missing.

    A column with any other name stays as it is.
    """
    names = [name for name in texts.unique() if name]
    if not names or not all(map(_WHOLE.fullmatch, names)):
        return texts
    return texts.map({name: whole_number(name) for name in names} | {"": ""})


def differ_in_zeros(one: Iterable[str], other: Iterable[str]) -> tuple[str, str] | None:
    """Find a name of each side that are the same number, or the same but for zeros in front or case; None if none are.

    >>> differ_in_zeros(["0012", "0013"], ["12"])
    ('0012', '12')
    """
    known = {_loose(name): name for name in other}
    return next(((name, known[_loose(name)]) for name in one if known.get(_loose(name), name) != name), None)


def _loose(name: str) -> str:
    bare = re.sub(_APOSTROPHES, "'", whole_number(name))  # first: NFKC parts an accent that stands alone
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", bare))
    # Behind a point zeros count: 0.01 is not 0.1.
    return re.sub(r"(?<!\d)(?<!\d[.,])0+(?=\d)", "", plain).casefold()


def alike_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """Give pairs of names that differ only in zeros in front of numbers, in case, or in the kind of a sign or letter.

    >>> alike_names(["01", "1", "week1", "Week1", "P2"])
    [('01', '1'), ('Week1', 'week1')]
    """
    first: dict[str, str] = {}
    pairs = []
    for name in sorted(set(names)):
        other = first.setdefault(_loose(name), name)
        if other != name:
            pairs.append((other, name))
    return pairs
