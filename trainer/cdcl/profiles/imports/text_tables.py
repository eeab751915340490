"""Profiles of delimited text: what describes stays text, what measures becomes numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles.imports.columns import describing
from cdcl.profiles.imports.numbers import as_features
from cdcl.screen.delimited import check_headings, read_form
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
    return as_features(_without_headings(frame, numbers), texts, form.separator)


def _without_headings(frame: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Leave out rows that repeat the headings, as in tables that were put below each other as files."""
    first = str(frame.columns[0])
    again = np.array(frame[first].astype(str).str.strip() == first)
    if len(frame.columns) < 2 or not again.any():
        return frame
    names = [str(name) for name in frame.columns]
    again[again] = [list(map(str.strip, map(str, row))) == names for row in frame[again].to_numpy()]
    kept = frame[~again].reset_index(drop=True)
    read = {name: pd.to_numeric(kept[name], errors="coerce") for name in numbers if kept[name].dtype.kind == "O"}
    whole = {name: values for name, values in read.items() if (values.notna() | kept[name].isna()).all()}
    return kept.assign(**whole)
