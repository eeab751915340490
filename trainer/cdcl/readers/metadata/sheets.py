"""Plate maps as sheets of cells: each a table of wells, or grids, with titles above or not."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.readers.metadata.grids import read_noted_grids
from cdcl.readers.metadata.wells import rows_with_wells, with_wells
from cdcl.screen.columns import Interpretation, interpret
from cdcl.screen.counting import counted
from cdcl.screen.delimited import check_headings, heading_place
from cdcl.screen.derivation import derive_joined, without_derived
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
    filled = {title: cells for title, cells in sheets.items() if any(cell.strip() for row in cells for cell in row)}
    notes: list[str] = []
    tables = {title: _read_sheet(title, cells, path, notes) for title, cells in filled.items()}
    found = {title: table for title, table in tables.items() if "well" in interpret(table).table}
    if not found:
        first = next(iter(tables.values()), pd.DataFrame())
        return checked_wells(interpret(first), path)
    unread = [title for title in filled if title not in found]
    if unread:
        notes.append(f"{path.name}: sheets without wells are not read: {', '.join(unread)}.")
    joined = _joined(found)
    return checked_wells(Interpretation(joined.table, joined.taken, (*notes, *joined.notes)), path)


def checked_wells(map_: Interpretation, path: Path) -> Interpretation:
    """Give a map back if it names wells; rows that name no plate, where others do, are noted.

    Raises
    ------
    ScreenError
        If it does not.
    """
    table = map_.table
    if "well" not in table:
        names = ", ".join(map(str, table.columns[:20])) or "nothing"
        raise ScreenError(f"{path} has no column well; it has {names}.")
    lacking = (table["plate"].astype(str) == "") if "plate" in table else table["well"] != table["well"]
    if not lacking.any() or lacking.all():
        return map_
    note = (
        f"{path.name}: {counted(int(lacking.sum()), 'row names', 'rows name')} no plate, such as that of well "
        f"{table['well'][lacking].iloc[0]}, and are of no image; write it into every row (merged cells hold it once)."
    )
    return Interpretation(table, map_.taken, (*map_.notes, note))


def _read_sheet(title: str, cells: Cells, path: Path, notes: list[str]) -> pd.DataFrame:
    """Read a sheet as grids or as a table, and note what of it is not read."""
    grid, unread = read_noted_grids(cells)
    if grid is None:
        return _tidy(cells, path, notes)
    where = f"{path.name}, {title}" if title else path.name
    notes += [f"{where}: {note}" for note in unread]
    check_headings(map(str, grid.columns), path)
    if list(grid.columns) == ["well", "treatment"] and is_heading(title):
        # A grid without a name is called by its sheet where that is what columns are called.
        return grid.rename(columns={"treatment": title})
    strange = [str(name) for name in grid.columns if not is_heading(str(name))]
    if strange:
        notes.append(
            f"{where}: grids named {', '.join(strange)} become columns of that name; cdcl goes by those called "
            "compound, concentration, treatment or control, and by titles such as 'Plate: 0012'."
        )
    return grid


def _tidy(cells: Cells, path: Path, notes: list[str]) -> pd.DataFrame:
    """Read a sheet that lists wells below each other."""
    records = [[cell.strip() for cell in row] for row in cells if any(cell.strip() for cell in row)]
    place = heading_place(records)
    above = [" ".join(filter(None, row)) for row in records[:place] if not row[0].startswith("#")]
    if above:
        notes.append(f"{path.name}: not read, above the headings: '{above[0][:80]}'.")
    return rows_with_wells(with_wells(_table(records[place:], path, notes)), path, notes)


def _table(records: Cells, path: Path, notes: list[str]) -> pd.DataFrame:
    header = [" ".join(name.lstrip("# ").split()) for name in records[0]]
    check_headings(header, path)
    named = [place for place, name in enumerate(header) if name]
    rows = [[row[place] if place < len(row) else "" for place in named] for row in records[1:]]
    beside = [row[place] for row in records[1:] for place in range(len(row)) if place not in set(named) and row[place]]
    if beside:
        notes.append(f"{path.name}: not read, in columns without a heading: '{beside[0][:60]}' ({len(beside)} cells).")
    return pd.DataFrame(rows, columns=[header[place] for place in named], dtype=str)


def _joined(sheets: dict[str, pd.DataFrame]) -> Interpretation:
    """Join sheets: those that say different things of wells side by side, those that say the same as plates."""
    first, *others = sheets.values()
    if not others:
        return interpret(first)
    wells = [interpret(table) for table in sheets.values()]
    shared = set.intersection(*(set(known.table.columns) for known in wells))
    if shared - {"well", "plate"}:
        # The same variables of the same wells are those of another plate, which its sheet names.
        return _as_plates(sheets, wells)
    return functools.reduce(_beside, wells)


def _as_plates(sheets: dict[str, pd.DataFrame], wells: list[Interpretation]) -> Interpretation:
    """Put sheets below each other; where their headings differ, under our names, and treatments are derived of all."""
    alike = len({tuple(sorted(map(str, table.columns))) for table in sheets.values()}) == 1
    tables = list(sheets.values()) if alike else [without_derived(known.table) for known in wells]
    named = [
        table if "plate" in known.table else table.assign(plate=title)
        for title, table, known in zip(sheets, tables, wells, strict=True)
    ]
    joined = interpret(pd.concat(named, ignore_index=True).astype(object).fillna(""))
    if alike:
        return joined
    taken = {ours: theirs for known in wells for ours, theirs in known.taken.items()}
    notes = dict.fromkeys((*(note for known in wells for note in known.notes), *joined.notes))
    return Interpretation(joined.table, taken, tuple(notes))


def _beside(one: Interpretation, other: Interpretation) -> Interpretation:
    """Join two sheets that say different things of the same wells; of what both say, the first's stands."""
    keys = [name for name in ("plate", "well") if name in one.table and name in other.table]
    more = other.table.drop(columns=[name for name in other.table if name in one.table and name not in keys])
    joined = one.table.merge(more, on=keys, how="outer")
    text = [name for name in map(str, joined) if joined[name].dtype.kind not in "iuf"]
    joined = joined.assign(**{name: joined[name].fillna("") for name in text})
    sites, notes = derive_joined(joined, other.table, one.table)
    said = dict.fromkeys((*one.notes, *other.notes, *notes))
    return Interpretation(sites, {**other.taken, **one.taken}, tuple(said))
