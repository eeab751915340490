"""The wells of a table: named in one column, or by a row and a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.screen.headings import known_columns, read_heading
from cdcl.screen.identifiers import as_text, whole_number
from cdcl.screen.plates import well_name

if TYPE_CHECKING:
    import pandas as pd

_ROWS = ("row", "wellrow", "platerow", "row_id")
_COLUMNS = ("col", "column", "wellcol", "wellcolumn", "platecol", "platecolumn", "column_id")


def with_wells(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column `well` where a table has rows (letters or numbers) and columns instead.

    A column of wells that is empty throughout counts as none.
    """
    well = {ours: theirs for theirs, ours in known_columns(table.columns).items()}.get("well", "well")
    if well in table and (as_text(table[well]) != "").any():
        return table
    plain = {_plain(str(name)): str(name) for name in reversed(list(table.columns))}
    row = next((plain[name] for name in map(_plain, _ROWS) if name in plain), None)
    column = next((plain[name] for name in map(_plain, _COLUMNS) if name in plain), None)
    if row is None or column is None:
        return table
    pairs = zip(as_text(table[row]).map(whole_number), as_text(table[column]).map(whole_number), strict=True)
    wells = [_well(row, column) for row, column in pairs]
    return table.drop(columns=[row, column, *([well] if well in table else [])]).assign(well=wells)


def _plain(name: str) -> str:
    bare = name.lower().replace("image_metadata_", "", 1).replace("metadata_", "", 1)
    return "".join(bare.split()).replace("_", "").replace("-", "")


def _well(row: str, column: str) -> str:
    if row.isdecimal() and column.isdecimal() and int(row) > 0:
        return well_name(int(row), int(column))
    return f"{row}{column}" if row and column else ""


def has_wells(table: pd.DataFrame) -> bool:
    """Tell whether a table names wells in any way that `with_wells` reads."""
    return any(read_heading(str(name)).name == "well" for name in with_wells(table).columns)
