"""Numbers of features as laboratories write them: with decimal commas, with parted thousands, among words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.screen.counting import SHOWN, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

_END = r"(?:[eE][+-]?\d+)?"
_POINTED = re.compile(
    rf"[+-]?(?:[1-9]\d{{0,2}}(?:,\d{{3}})+|[1-9]\d?(?:,\d{{2}})+,\d{{3}}|\d+)(?:\.\d*)?{_END}|[+-]?\.\d+{_END}"
)
"""With a decimal point; commas may part thousands, in India lakhs too."""

_COMMAED = re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}(?:\.\d{{3}})+|\d+)(?:,\d*)?{_END}|[+-]?,\d+{_END}")
"""With a decimal comma; points may part thousands."""

_GAP = re.compile("(?<=\\d)[ '\u2019\u00a0\u202f\u2009](?=\\d{3}(?!\\d))")
"""What else parts thousands: spaces of any width, and the Swiss apostrophe."""

_FORTRAN = re.compile(r"^([+-]?\d+\.?\d*)[dD]([+-]?\d{1,3})$")

_MEASURED = re.compile(
    r"[<>~\u2248\u2264\u2265=]*\s*[+-]?\d[\d.,'\s]*(?:[eE][+-]?\d+)?\s*(?:%|[^\W\d_]{0,4}[\u00b2\u00b3]?|(?:\u00b1|\+/-).*)"
)
"""A number with a sign before it, a unit or an error behind it."""


def as_features(frame: pd.DataFrame, described: set[str], separator: str = "") -> pd.DataFrame:
    """Turn text columns that hold nothing but numbers with commas, or with parted thousands, into numbers.

    A column tells by itself whether its commas are decimal ("0,5") or part thousands ("1,257.00"). Where it may be
    either, the other columns tell; else they part thousands in a table that has commas between its columns, and are
    decimal in others, which is said in `frame.attrs["notes"]`.
    """
    texts = {str(name): found for name in frame.columns if len(found := _with_marks(frame, str(name), described))}
    forms = {name: _forms(found) for name, found in texts.items()}
    sure = [next(iter(form)) for form in forms.values() if len(form) == 1]
    other = _COMMAED if _COMMAED in sure else _POINTED if _POINTED in sure or separator == "," else _COMMAED
    changed, doubtful = {}, {}
    for name, form in forms.items():
        if not form:
            continue
        chosen = next(iter(form)) if len(form) == 1 else other
        numbers = pd.to_numeric(_plain(texts[name], chosen), errors="coerce")
        if numbers.notna().all():
            changed[name] = numbers.reindex(frame.index).astype(float)
            if len(form) == 2 and (not sure or len(set(sure)) == 2) and texts[name].str.contains(",").any():
                doubtful[name] = changed[name]
    if not changed:
        return frame
    result = frame.assign(**changed)
    notes = list(frame.attrs.get("notes", []))
    if doubtful:
        name = next(iter(doubtful))
        comma = texts[name][texts[name].str.contains(",", regex=False)].iloc[0]
        read = doubtful[name][texts[name] == comma].iloc[0]
        count = counted(len(doubtful), "column", "columns")
        notes.append(
            f"commas may be decimal or part thousands in {count}: {_some(doubtful)}; "
            f"{name} '{comma}' is read as {read:g}."
        )
    if _COMMAED in sure and (pointed := _pointed(frame, described)):
        count = counted(len(pointed), "column", "columns")
        notes.append(
            f"numbers of {count} ({_some(pointed)}) hold points where other columns hold decimal commas: they are read "
            "as decimal points."
        )
    if notes:
        result.attrs["notes"] = notes
    return result


def _some(names: Iterable[str]) -> str:
    """Name the first few."""
    names = list(names)
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _pointed(frame: pd.DataFrame, described: set[str]) -> list[str]:
    """Name the columns of numbers with a decimal point."""
    numbers = (str(name) for name in frame.columns if frame[name].dtype.kind == "f" and str(name) not in described)
    return [name for name in numbers if (frame[name].dropna() % 1 != 0).any()]


def _with_marks(frame: pd.DataFrame, name: str, described: set[str]) -> pd.Series:
    """Give the texts of a column that is no numbers yet and may be some, the gaps between thousands closed."""
    values = frame[name]
    if name in described or values.dtype.kind in "iufbcmM":
        return pd.Series(dtype="string")
    texts = values.astype("string").str.strip()
    given = texts[texts.notna() & (texts != "")].str.replace(_GAP, "", regex=True)
    # A typeset minus, the apostrophe before what a spreadsheet keeps as text, and Fortran's exponent.
    given = given.str.replace("\u2212", "-", regex=False).str.removeprefix("'")
    return given.str.replace(_FORTRAN, r"\1e\2", regex=True)


def _forms(texts: pd.Series) -> list[re.Pattern[str]]:
    """Tell in which ways of writing all of these are numbers."""
    if not texts.iloc[0][-1:].isalnum() and texts.iloc[0][-1:] not in (".", ","):
        return []
    return [form for form in (_POINTED, _COMMAED) if bool(texts.str.fullmatch(form.pattern).all())]


def _plain(texts: pd.Series, form: re.Pattern[str]) -> pd.Series:
    if form is _POINTED:
        return texts.str.replace(",", "", regex=False)
    return texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)


def first_word(values: pd.Series) -> str:
    """Say what in a column of text keeps its numbers from being features; "" where it is just text."""
    texts = values.dropna().astype(str).str.strip()
    texts = texts[texts != ""]
    if not len(texts):
        return ""
    numbers = pd.to_numeric(texts, errors="coerce")
    if numbers.notna().mean() > 0.5:
        if numbers.notna().all():
            return f"such as '{texts.iloc[0]}'"
        row = int((numbers.isna()).to_numpy().argmax())
        return f"first '{texts.iloc[row]}' in row {_place(values.index, texts.index[row]) + 2}"
    # One text for all, such as "20x" or "384 wells", describes; shares in percent measure.
    measured = (texts.nunique() > 1 or texts.iloc[0].endswith("%")) and texts.str.fullmatch(
        _MEASURED.pattern
    ).mean() > 0.5
    return f"such as '{texts[texts.str.fullmatch(_MEASURED.pattern)].iloc[0]}'" if measured else ""


def _place(index: Iterable[object], label: object) -> int:
    return list(index).index(label)
