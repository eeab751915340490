"""The table of hits as a file: written by the verb `hits`, read by the report and the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError, RunError
from cdcl.runs.own_tables import HITS
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


FORMS = (".csv", ".xlsx")


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
            _write_workbook(table, temporary)
        except ImportError as error:
            raise ProfilesError(
                f"{path}: `pip install napari-cdcl[excel]` writes workbooks; or name a .csv."
            ) from error


def _write_workbook(table: pd.DataFrame, path: Path) -> None:
    """Write a workbook of one sheet in which a name that begins with `=` stays a name, and is no formula."""
    import pandas as pd

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        table.to_excel(book, index=False, sheet_name="hits")
        for row in book.sheets["hits"].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"


def read_hits(path: Path) -> pd.DataFrame:
    """Read a table of hits.

    Returns
    -------
    DataFrame
        As from `find_hits`: columns of text are texts ("" where there is none), `hit` is true or false, the others
        are numbers. Columns that are not among them are kept as they are found.

    Raises
    ------
    RunError
        If it is no such table; the message says why.
    """
    table = HITS.read(path)
    odd = sorted(set(table["hit"]) - {"True", "False"})
    if odd:
        raise RunError(
            f"{path} has {odd[0][:40]!r} in the column hit, not True or False; make it anew with {verb('hits')}."
        )
    return table.assign(hit=table["hit"] == "True")
