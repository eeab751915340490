"""Profiles of delimited text: what describes stays text, what measures becomes numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.imports.columns import describing
from cdcl.profiles.imports.numbers import as_features
from cdcl.screen.counting import counted
from cdcl.screen.delimited import check_headings, read_form, unformula
from cdcl.screen.headings import known_columns
from cdcl.screen.identifiers import as_text
from cdcl.screen.text import opened_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NO_NUMBER = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-nan", "-NaN", "null", "NULL", "<NA>", "None")
"""In a feature, a gap; other words among numbers are named."""


def read_text_table(path: Path, rows: int | None = None) -> pd.DataFrame:
    """Read delimited text: what describes stays text, for plates are called 0012 and NA, and wells 1E05.

    `rows` reads so many only. What the parsers raise is raised.

    Raises
    ------
    ScreenError
        If the file is empty, or a heading is given twice.
    """
    form = read_form(path)
    check_headings(form.headings, path)
    texts = describing(form.headings)
    numbers = [name for name in form.headings if name not in texts]
    with opened_text(path) as text:
        for _ in range(form.skipped):
            next(text, None)
        frame = pd.read_csv(
            text,
            sep=form.separator,
            header=None,
            names=list(form.headings),
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,
            na_values={name: list(_NO_NUMBER) for name in numbers},
            index_col=False,
            nrows=rows,
            low_memory=False,
        )
    frame = _without_headings(_without_formulas(frame), numbers)
    return as_features(_without_remarks(frame, numbers), texts, form.separator)


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the text of ="0012", as programs write what Excel is not to take for a number."""
    formulas = [str(name) for name in frame if frame[name].dtype.kind not in "iufb" and _any_formula(frame[name])]
    return frame.assign(**{name: frame[name].map(_text_of, na_action="ignore") for name in formulas})


def _any_formula(values: pd.Series) -> bool:
    return bool(values.astype("string").str.startswith('="').fillna(False).any())


def _text_of(cell: object) -> object:
    return unformula(cell) if isinstance(cell, str) else cell


def _without_remarks(frame: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Leave out rows that name no well where most do, such as units below the headings: they make text of numbers."""
    wells = {ours: theirs for theirs, ours in known_columns(frame.columns).items()}.get("well", "well")
    if wells not in frame or all(frame[name].dtype.kind in "iuf" for name in numbers):
        return frame
    lacking = (as_text(frame[wells]) == "").to_numpy()
    if not 0 < lacking.sum() < len(frame) / 2:
        return frame
    first = next((str(text) for text in frame.iloc[int(lacking.argmax())] if str(text) not in ("", "nan")), "")
    kept = _with_numbers(frame[~lacking].reset_index(drop=True), numbers)
    rows = counted(int(lacking.sum()), "row names no well and is", "rows name no well and are")
    told = f"{rows} left out, first '{first[:60]}'."
    kept.attrs["notes"] = [*frame.attrs.get("notes", []), told]
    return kept


def _without_headings(frame: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Leave out rows that repeat the headings, as in tables that were put below each other as files."""
    first = str(frame.columns[0])
    again = np.array(frame[first].astype(str).str.strip() == first)
    if len(frame.columns) < 2 or not again.any():
        return frame
    names = [str(name) for name in frame.columns]
    again[again] = [list(map(str.strip, map(str, row))) == names for row in frame[again].to_numpy()]
    return _with_numbers(frame[~again].reset_index(drop=True), numbers)


def _with_numbers(kept: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Make numbers of the columns that hold nothing else since rows were left out."""
    read = {name: pd.to_numeric(kept[name], errors="coerce") for name in numbers if kept[name].dtype.kind not in "iufb"}
    whole = {name: values for name, values in read.items() if (values.notna() | kept[name].isna()).all()}
    return kept.assign(**whole)
