"""The wells of a table: named in one column, or by a row and a column."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.screen.counting import SHOWN, counted
from cdcl.screen.headings import known_columns, read_heading, read_unit
from cdcl.screen.identifiers import as_text, whole_number
from cdcl.screen.plates import likely_well, normalise_well, well_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

_ROWS = ("row", "wellrow", "platerow", "row_id")
_COLUMNS = ("col", "column", "wellcol", "wellcolumn", "platecol", "platecolumn", "column_id")


MOSTLY = 0.5
"""Where at least this share of the rows name wells of a plate, the others do not name wells of their own."""

_WELL = r"[A-Z]{1,2}\d{2}"


def with_wells(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column `well` where a table has rows (letters or numbers) and columns instead.

    A column of wells that is empty throughout counts as none. Numbers of both count from 0 where both have a 0.

    Raises
    ------
    ScreenError
        If only one of them has a 0: whether the other counts from 0 or 1 decides on every well.
    """
    well = _well_column(table)
    if well in table and (as_text(table[well]) != "").any():
        return table
    plain = {_plain(str(name)): str(name) for name in reversed(list(table.columns))}
    row = next((plain[name] for name in map(_plain, _ROWS) if name in plain), None)
    column = next((plain[name] for name in map(_plain, _COLUMNS) if name in plain), None)
    if row is None or column is None:
        return table
    rows, columns = (as_text(table[name]).map(whole_number) for name in (row, column))
    first = _counted_from(rows, columns, row, column)
    wells = [_well(row, column, first) for row, column in zip(rows, columns, strict=True)]
    return table.drop(columns=[row, column, *([well] if well in table else [])]).assign(well=wells)


def _well_column(table: pd.DataFrame) -> str:
    return {ours: theirs for theirs, ours in known_columns(table.columns).items()}.get("well", "well")


def contradicted_wells(table: pd.DataFrame) -> list[str]:
    """Name a row whose well is not that of its row and column; numbers from 0 are no contradiction."""
    well = _well_column(table)
    if well not in table:
        return []
    try:
        built = with_wells(table.drop(columns=well))
    except ScreenError:
        return []  # The wells are named; how rows count does not matter.
    if "well" not in built:
        return []
    wells, others = as_text(table[well]).map(normalise_well), built["well"].map(normalise_well)
    both = wells.str.fullmatch(_WELL) & others.str.fullmatch(_WELL)
    differ = both & (wells != others)
    if not differ.any() or differ.sum() == both.sum():
        return []  # All differ where they are rows and columns of something else, such as a site.
    first = f"{wells[differ].iloc[0]} and {others[differ].iloc[0]}"
    rows = counted(int(differ.sum()), "row names", "rows name")
    return [f"{rows} a well and another's row and column, first {first}: the former is taken."]


def rows_with_wells(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Leave out the rows of a map that name no well, such as a remark below the table, and note them.

    A first row of units below the headings is read as such.
    """
    well = _well_column(table)
    if well not in table:
        return table
    notes += contradicted_wells(table)
    wells = as_text(table[well]).map(normalise_well)
    # Slides and tiles have names of their own; where most are wells of plates, another text is a remark.
    mostly = wells.str.fullmatch(_WELL).mean() >= MOSTLY
    lacking = (wells == "") | (~wells.str.fullmatch(_WELL) if mostly else False)
    if not lacking.any():
        return table
    texts = as_text(table[well])[lacking]
    rows = zip(table[lacking].to_numpy(), texts, strict=True)
    shown = ", ".join(_of_no_well(row, text) for row, text in itertools.islice(rows, SHOWN))
    said = counted(len(texts), "row names no well and is left out", "rows name no well and are left out")
    notes.append(f"{path.name}: {said}: {shown}{', ...' if len(texts) > SHOWN else ''}.")
    if lacking.iloc[0]:
        table = table.rename(columns=_units(table))
    return table[~lacking]


def _of_no_well(row: Iterable[object], well: str) -> str:
    """Show a row by what stands where its well would, with a guess, or by its first text."""
    guess = likely_well(well)
    return f"'{(well or _first_text(row))[:60]}'" + (f" (is that {guess}?)" if guess else "")


def _units(table: pd.DataFrame) -> dict[str, str]:
    """Give the headings of doses with the unit that stands in the row below them."""
    below = {str(name): str(table[name].iloc[0]).strip().strip("()[]") for name in table.columns}
    doses = [name for name in below if read_heading(name).name == "concentration" and not read_heading(name).unit]
    return {name: f"{name} ({below[name]})" for name in doses if read_unit(below[name])}


def _first_text(row: Iterable[object]) -> str:
    return next((text for text in map(str, row) if text not in ("", "nan")), "")


def _plain(name: str) -> str:
    bare = name.lower().replace("image_metadata_", "", 1).replace("metadata_", "", 1)
    return "".join(bare.split()).replace("_", "").replace("-", "")


def _counted_from(rows: pd.Series, columns: pd.Series, row: str, column: str) -> int:
    """Tell whether numbers of rows and columns count from 0 or from 1."""
    zeros = [bool((values == "0").any()) for values in (rows, columns)]
    letters = bool(rows.str.fullmatch(r"[A-Za-z]{1,2}").any())
    if not any(zeros):
        return 1
    if all(zeros) or (letters and zeros[1]):
        return 0
    known, other = (row, column) if zeros[0] else (column, row)
    raise ScreenError(
        f"the column {known} counts from 0, and {other} has no 0: whether it counts from 0 or 1 only you know; write "
        "both from 1, or a column well."
    )


def _well(row: str, column: str, first: int = 1) -> str:
    if row.isdecimal() and column.isdecimal() and int(row) >= first:
        return well_name(int(row) + 1 - first, int(column) + 1 - first)
    if column.isdecimal() and row and not first:
        return f"{row}{int(column) + 1}"
    return f"{row}{column}" if row and column else ""


def has_wells(table: pd.DataFrame) -> bool:
    """Tell whether a table names wells in any way that `with_wells` reads."""
    return any(read_heading(str(name)).name == "well" for name in with_wells(table).columns)
