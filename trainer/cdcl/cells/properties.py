"""What other tables know of cells, their fields, wells or treatments: archetypes, annotations, measurements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.cells.matching import PLACE
from cdcl.errors import ScreenError
from cdcl.screen.plates import normalise_well
from cdcl.screen.site_names import comparable_keys

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.cells.cell_table import Cells
    from cdcl.screen import Screen


def add_columns(cells: Cells, screen: Screen, table: pd.DataFrame, source: str) -> Cells:
    """Add the columns of `table` that neither cells nor screen have.

    Rows are joined on plate, well, site and cell, as far as the table has them; without a well, on the treatment. A
    cell that the table does not know gets empty values.

    Parameters
    ----------
    cells
        Of `screen`.
    table
        Properties, a row a place or treatment, with our column names.
    source
        What the table is called in an error, such as its file.

    Returns
    -------
    Cells
        The same cells in the same order; where the table says nothing of a cell, its new columns are empty.

    Raises
    ------
    ScreenError
        If the table names no place, names one twice, or knows none of the cells.
    """
    own = cells.with_sites(screen)
    keys = [name for name in (*PLACE, "cell") if name in table and name in own]
    if "well" not in keys:
        keys = [name for name in ("treatment",) if name in table and name in own]
    new = [name for name in table if name not in own]
    if not keys:
        raise ScreenError(f"{source} does not say what it is about: plate and well, with site and cell, or treatment.")
    theirs, ours = comparable_keys(keys, _with_wells(table), _with_wells(own))
    known = theirs.join(table[new].reset_index(drop=True))
    if known.duplicated(keys).any():
        twice = known[known.duplicated(keys)].iloc[0]
        raise ScreenError(f"{source} has {', '.join(f'{key} {twice[key]}' for key in keys)} more than once.")
    joined = ours.merge(known, on=keys, how="left", indicator="_where")
    if not (joined["_where"] == "both").any():
        raise ScreenError(f"{source} knows none of the cells; it has {_first(known, keys)}, they {_first(own, keys)}.")
    return replace(cells, table=cells.table.assign(**{str(name): _filled(joined[name]) for name in new}))


def _with_wells(table: pd.DataFrame) -> pd.DataFrame:
    if "well" not in table:
        return table
    return table.assign(well=table["well"].map({well: normalise_well(str(well)) for well in table["well"].unique()}))


def _filled(column: pd.Series) -> pd.Series:
    return column if column.dtype.kind in "biuf" else column.fillna("")


def _first(table: pd.DataFrame, keys: list[str]) -> str:
    return ", ".join(f"{key} {table[key].iloc[0]}" for key in keys) if len(table) else "nothing"
