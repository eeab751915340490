"""Plate maps as sheets of cells: each a table of wells, or grids, with titles above or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.readers.metadata.grids import read_grids
from cdcl.readers.metadata.wells import with_wells
from cdcl.screen.columns import Interpretation, interpret
from cdcl.screen.delimited import check_headings, heading_place
from cdcl.screen.headings import is_heading

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.metadata.grids import Cells


def read_sheets(sheets: dict[str, Cells], path: Path) -> Interpretation:
    """Read all sheets of a map, by their titles: grids are variables of one plate, tables of the same wells are plates.

    Raises
    ------
    ScreenError
        If no sheet names wells.
    """
    filled = {title: cells for title, cells in sheets.items() if any(any(row) for row in cells)}
    grids = {title: grid for title, cells in filled.items() if (grid := _grid(title, cells)) is not None}
    tables, notes = ({}, []) if grids else _tables(filled, path)
    found = grids or {title: table for title, table in tables.items() if "well" in interpret(table).table}
    if not found:
        first = next(iter(tables.values()), pd.DataFrame())
        return checked_wells(interpret(first), path)
    unread = [title for title in filled if title not in found]
    if unread:
        notes.append(f"{path.name}: sheets without wells are not read: {', '.join(unread)}.")
    joined = interpret(_joined(found))
    return Interpretation(joined.table, joined.taken, (*notes, *joined.notes))


def checked_wells(map_: Interpretation, path: Path) -> Interpretation:
    """Give a map back if it names wells.

    Raises
    ------
    ScreenError
        If it does not.
    """
    if "well" not in map_.table:
        names = ", ".join(map(str, map_.table.columns[:20])) or "nothing"
        raise ScreenError(f"{path} has no column well; it has {names}.")
    return map_


def _grid(title: str, cells: Cells) -> pd.DataFrame | None:
    """Read the grids of a sheet; one without a name is called by its sheet where that is what columns are called."""
    grid = read_grids(cells)
    if grid is not None and list(grid.columns) == ["well", "treatment"] and is_heading(title):
        return grid.rename(columns={"treatment": title})
    return grid


def _tables(sheets: dict[str, Cells], path: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    tables, notes = {}, []
    for title, cells in sheets.items():
        records = [[cell.strip() for cell in row] for row in cells if any(row)]
        place = heading_place(records)
        above = [" ".join(filter(None, row)) for row in records[:place] if not row[0].startswith("#")]
        if above:
            notes.append(f"{path.name}: not read, above the headings: '{above[0][:80]}'.")
        tables[title] = with_wells(_table(records[place:], path))
    return tables, notes


def _table(records: Cells, path: Path) -> pd.DataFrame:
    header = [" ".join(name.lstrip("# ").split()) for name in records[0]]
    check_headings(header, path)
    named = [place for place, name in enumerate(header) if name]
    rows = [[row[place] if place < len(row) else "" for place in named] for row in records[1:]]
    return pd.DataFrame(rows, columns=[header[place] for place in named], dtype=str)


def _joined(sheets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join sheets: those that say different things of wells side by side, those that say the same as plates."""
    first, *others = sheets.values()
    if not others:
        return first
    wells = [interpret(table).table for table in sheets.values()]
    shared = set.intersection(*(set(table.columns) for table in wells))
    if shared - {"well", "plate"}:
        # The same variables of the same wells are those of another plate, which its sheet names.
        named = [
            table if "plate" in known.columns else table.assign(plate=title)
            for (title, table), known in zip(sheets.items(), wells, strict=True)
        ]
        return pd.concat(named, ignore_index=True).fillna("")
    keys = ["plate", "well"] if "plate" in shared else ["well"]
    joined = wells[0]
    for table in wells[1:]:
        joined = joined.merge(table, on=keys, how="outer")
    return joined.fillna("")
