"""Cells of a column of doses that are none, or may be meant otherwise: told, and the others stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.controls import explicit_control
from cdcl.screen.counting import SHOWN, counted, places
from cdcl.screen.doses import DOSE, Doses, plain_dose, read_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Marks = NDArray[np.bool_]

_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+")
"""How thousands are parted where the comma is decimal: 1.000 is 1 or 1000."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}:\d{2}|\d{1,2}-[A-Za-z]{3}$|[A-Za-z]{3}-\d{2}$")

_STEPS_ALIKE = 0.05
"""Share by which the steps of a series of logarithms differ: they are written with two digits at the least."""


def mostly_words(doses: Doses) -> bool:
    """Tell whether a column has at least as many words as doses: then these are levels of their own, as low is.

    What holds a digit, such as <0.1, is a dose that is not read, and no level beside doses that are.
    """
    levels = sum(count for word, count in doses.unread.items() if not re.search(r"\d", word))
    return bool(doses.unread) and levels >= int(np.isfinite(doses.values).sum())


def without_controls(words: Sequence[str], column: str, table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Leave out the words that say that a well is a control: it has no dose, and its treatment is named without one."""
    # Medium is a dose beside low and high, and a vehicle in a column of controls only.
    kinds = sorted({word for word in words if explicit_control(word) or word.strip().lower() in ("ctrl", "ctl")})
    cells, notes = np.array(words, dtype=object), []
    for kind in kinds:
        said = counted(int((cells == kind).sum()), "cell says", "cells say")
        has = "it has" if (cells == kind).sum() == 1 else "they have"
        where = places(table, cells == kind)
        notes.append(f"column {column}: {said} '{kind}' in place of a dose ({where}): {has} no dose.")
    return ["" if word in kinds else word for word in words], notes


def without_words(doses: Doses, words: Sequence[str]) -> Doses:
    """Give doses whose unread cells are these words alone; the others say that there is no dose."""
    kept = {plain_dose(word) for word in words if word}
    unread = {text: count for text, count in doses.unread.items() if text in kept}
    return Doses(doses.values, doses.units, unread, doses.otherwise)


def said_of_words(column: str, words: Sequence[str], table: pd.DataFrame, *, kept: bool) -> str:
    """Name the cells of a column that are no doses.

    Parameters
    ----------
    column
        Its heading.
    words
        Of each row (N,) what stands there and is no dose; "" elsewhere.
    table
        The rows (N,), with plates and wells where they are known.
    kept
        Whether the whole column stays text, for it is mostly words.
    """
    cells = np.array(words, dtype=object)
    kinds = sorted({str(word) for word in cells if word}, key=lambda word: (-int((cells == word).sum()), word))
    shown = [f"'{kind}' ({int((cells == kind).sum())}, {places(table, cells == kind)})" for kind in kinds[:SHOWN]]
    named = ", ".join(shown) + (f", ... ({len(kinds)} kinds)" if len(kinds) > SHOWN else "")
    total = counted(int((cells != "").sum()), "cell is no dose", "cells are no doses")
    if kept:
        return f"column {column} holds words that are no doses: {named}; they are kept as text, and so are its numbers."
    dates = " Mind that a spreadsheet makes dates of numbers such as 1.3." if any(map(_DATE.match, kinds)) else ""
    return (
        f"column {column}: {total}: {named}.{dates} Such a well has no number; its treatment is named by what is "
        "written there, which stays in concentration_written. The other doses are read."
    )


def without_sentinel(
    values: NDArray[np.float64], column: str, table: pd.DataFrame
) -> tuple[NDArray[np.float64], list[str]]:
    """Empty the one number below zero that stands for no dose among doses, such as -1 or the -666 of CMap.

    Several, as many as there are doses, or one that continues their series may be logarithms, and stay.
    """
    given = np.unique(values[np.isfinite(values)])
    below = given[given < 0]
    marked = values < 0
    if len(below) != 1 or marked.sum() >= (values > 0).sum() or below[0] % 1 != 0 or _is_series(given):
        return values, []
    said = f"{counted(int(marked.sum()), 'dose is', 'doses are')} {below[0]:g} ({places(table, marked)})"
    left = "it is" if marked.sum() == 1 else "they are"
    return np.where(marked, np.nan, values), [f"column {column}: {said}, which is no dose: {left} left empty."]


def _is_series(given: NDArray[np.float64]) -> bool:
    """Tell whether sorted numbers lie evenly, as logarithms of a dilution series do; two always do."""
    steps = np.diff(given)
    return bool(np.all(np.abs(steps - steps.mean()) <= _STEPS_ALIKE * steps.mean()))


def odd_doses(cells: Iterable[object], values: NDArray[np.float64]) -> list[str]:
    """Say what may be meant otherwise: logarithms, and points that may part thousands.

    Parameters
    ----------
    cells
        As they are written.
    values
        What was read, shape (N,).
    """
    notes = []
    below = values[values < 0]
    if len(below):
        said = counted(len(below), "dose is below zero", "doses are below zero")
        what = "if they are logarithms" if len(below) > 1 else "if it is a logarithm"
        notes.append(f"{said}, such as {below[0]:g}: {what}, give the doses.")
    texts = {match[1] for cell in cells if (match := DOSE.fullmatch(str(cell).strip()))}
    pointed = {text for text in texts if "." in text}
    if pointed and pointed != texts and all(_THOUSANDS.fullmatch(text) for text in pointed):
        shown = min(pointed)
        notes.append(f"dose '{shown}' is read as {read_number(shown):g}: if the point parts thousands, leave it out.")
    return notes
