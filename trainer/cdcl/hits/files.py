"""The table of hits as a file: written by the verb `hits`, read by the report and the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular
from cdcl.errors import ProfilesError
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run

FORMS = (".csv", ".xlsx")
TEXTS = ("treatment", "compound", "concentration", "mechanism", "like", "nearest", "flags", "reasons")
NUMBERS = (
    *("q", "effect", "across_batches", "cells", "confidence", "similarity", "wells", "plates", "batches", "p"),
    "assignments",
)
NEEDED = ("treatment", "hit", "q", "effect", "reasons")
MOST_BYTES = 256 * 2**20
"""About a million treatments, each with its reasons."""


def hits_file(run: Run) -> Path:
    """Give the file of a run that its hits are in.

    Returns
    -------
    Path
        `hits.csv` in the run's folder, whether it is there or not.
    """
    return run.folder / "hits.csv"


def write_hits(table: pd.DataFrame, path: Path) -> None:
    """Write a table of hits.

    Parameters
    ----------
    table
        As from `find_hits`.
    path
        Ends in .csv, or in .xlsx for a workbook of one sheet.

    Raises
    ------
    ProfilesError
        If the name ends otherwise, or openpyxl is not installed for a workbook.
    """
    form = path.suffix.lower()
    if form not in FORMS:
        raise ProfilesError(f"{path}: hits are written as {' or '.join(FORMS)}.")
    with replaced_file(path) as temporary:
        if form == ".csv":
            table.to_csv(temporary, index=False)
            return
        try:
            table.to_excel(temporary, index=False, sheet_name="hits", engine="openpyxl")
        except ImportError as error:
            raise ProfilesError(
                f"{path}: `pip install napari-cdcl[excel]` writes workbooks; or name a .csv."
            ) from error


def read_hits(path: Path) -> pd.DataFrame:
    """Read a table of hits.

    Returns
    -------
    DataFrame
        As from `find_hits`: columns of text are texts ("" where there is none), `hit` is true or false, the others
        are numbers. Columns that are not among them are kept as they are.

    Raises
    ------
    ProfilesError
        If it is no such table; the message says why.
    """
    if check_regular(path, ProfilesError) > MOST_BYTES:
        raise _refused(path, "is larger than any table of hits")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise _refused(path, "cannot be read as a table of hits") from error
    lacking = [name for name in NEEDED if name not in table]
    if lacking:
        raise _refused(path, f"is no table of hits: it has no column {', '.join(lacking)}")
    unknown = sorted(set(table["hit"]) - {"True", "False"})
    if unknown:
        raise _refused(path, f"has {unknown[0][:40]!r} in the column hit, not True or False")
    table["hit"] = table["hit"] == "True"
    for name in [name for name in NUMBERS if name in table]:
        table[name] = _numbers(table[name], path)
    return table


def _numbers(texts: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(texts.where(texts != "", np.nan), errors="coerce").astype(np.float64)
    # An effect is a ratio: it is infinite where the controls do not differ at all.
    odd = (numbers.isna() & (texts != "")) | (np.isinf(numbers) & (texts.name != "effect"))
    if odd.any():
        raise _refused(path, f"has {texts[odd].iloc[0][:40]!r} in the column {texts.name}, no number")
    return numbers


def _refused(path: Path, what: str) -> ProfilesError:
    return ProfilesError(f"{path} {what}; make it anew with {verb('hits')}.")
