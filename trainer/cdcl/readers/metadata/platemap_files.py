"""Read what is in the wells: a tidy table, grids, a workbook, or the Cell Painting Gallery's pair of files."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.readers.metadata.grids import read_grids
from cdcl.screen.columns import known_columns, standardise
from cdcl.screen.plates import well_name
from cdcl.screen.tables import is_table, read_table
from cdcl.screen.text import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.metadata.grids import Cells

BARCODES = "barcode_platemap.csv"
"""In the gallery: which map (`Plate_Map_Name`) is on which plate (`Assay_Plate_Barcode`)."""

WORKBOOKS = (".xlsx", ".xlsm")


def read_platemap(path: Path) -> pd.DataFrame:
    """Give one row a well, with our column names: `well`, `plate` where the map names plates, and what is in it.

    Parameters
    ----------
    path
        A table with a column of wells (or of rows and columns), a sheet of 8 x 12 or 16 x 24 grids, a workbook of
        either, or the gallery's `barcode_platemap.csv` or its folder.

    Raises
    ------
    ScreenError
        If it cannot be read, or no wells are found in it.
    """
    if path.is_dir() or path.name.lower() == BARCODES:
        return standardise(read_pair(path if path.is_dir() else path.parent))
    if path.suffix.lower() in WORKBOOKS:
        return _from_sheets(_sheets(path), path)
    if path.suffix.lower() == ".parquet" or not is_table(path):
        return _check_wells(standardise(with_wells(read_table(path))), path)
    return _from_sheets({path.name: _cells(path)}, path)


def with_wells(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column `well` where a table has rows (letters or numbers) and columns instead."""
    if "well" in known_columns(table.columns).values() or "well" in table:
        return table
    lower = {str(name).lower().replace("_", "").replace(" ", ""): name for name in table.columns}
    row = next((lower[name] for name in ("row", "wellrow", "platerow") if name in lower), None)
    column = next((lower[name] for name in ("col", "column", "wellcol", "wellcolumn") if name in lower), None)
    if row is None or column is None:
        return table
    pairs = zip(table[row].astype(str), table[column].astype(str), strict=True)
    wells = [well_name(int(r), int(c)) if r.isdigit() and c.isdigit() else f"{r}{c}" for r, c in pairs]
    return table.drop(columns=[row, column]).assign(well=wells)


def _from_sheets(sheets: dict[str, Cells], path: Path) -> pd.DataFrame:
    """Take the grids of all sheets, else the first sheet that is a table of wells."""
    grids = [grid for cells in sheets.values() if (grid := read_grids(cells)) is not None]
    if grids:
        joined = grids[0]
        for number, grid in enumerate(grids[1:], start=2):
            joined = joined.merge(grid, on="well", how="outer", suffixes=("", f"_{number}"))
        return standardise(joined.fillna(""))
    tables = [standardise(with_wells(_table(cells))) for cells in sheets.values() if cells]
    found = next((table for table in tables if "well" in table), None)
    if found is not None:
        return found
    return _check_wells(tables[0] if tables else pd.DataFrame(), path)


def _check_wells(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    if "well" not in table:
        names = ", ".join(map(str, table.columns[:20])) or "nothing"
        raise ScreenError(f"{path} has no column well; it has {names}.")
    return table


def _table(cells: Cells) -> pd.DataFrame:
    header = [name.strip() or f"Unnamed: {place}" for place, name in enumerate(cells[0])]
    rows = [(row + [""] * len(header))[: len(header)] for row in cells[1:] if any(row)]
    table = pd.DataFrame(rows, columns=header, dtype=str)
    return table.loc[:, ~table.columns.duplicated()].drop(columns=[n for n in header if n.startswith("Unnamed: ")])


def _cells(path: Path) -> Cells:
    text = read_text(path)
    head = text.partition("\n")[0]
    # A semicolon or tab separates where it is commoner than the comma, which then is decimal or part of a name.
    separator = max(",;\t", key=head.count)
    try:
        return [
            [cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=separator) if any(row)
        ]
    except csv.Error as error:
        raise ScreenError(f"{path} cannot be read as a table ({error}); save it anew as CSV.") from error


def _sheets(path: Path) -> dict[str, Cells]:
    try:
        import openpyxl
    except ImportError as error:
        raise ScreenError(f"{path}: `pip install napari-cdcl[excel]` reads workbooks; or save it as CSV.") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return {sheet.title: [list(map(_as_text, row)) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    except FileNotFoundError as error:
        raise ScreenError(f"no workbook at {path}.") from error
    except Exception as error:
        # On a damaged file openpyxl raises whatever its parts do.
        reason = " ".join(str(error).split())[:120]
        raise ScreenError(f"{path} cannot be read as a workbook ({reason}); save it as CSV.") from error


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def read_pair(folder: Path) -> pd.DataFrame:
    """Join the maps of a gallery's folder to the plates that carry them; columns keep the gallery's names.

    Raises
    ------
    ScreenError
        If the pair is not whole.
    """
    barcodes = read_table(folder / BARCODES)
    names = {name.lower(): name for name in barcodes.columns}
    if not {"assay_plate_barcode", "plate_map_name"} <= set(names):
        raise ScreenError(f"{folder / BARCODES} has no columns Assay_Plate_Barcode and Plate_Map_Name.")
    plates = barcodes[[names["assay_plate_barcode"], names["plate_map_name"]]].set_axis(["plate", "map"], axis=1)
    maps = []
    for name in plates["map"].unique():
        table = read_table(_map_file(folder, name))
        maps.append(table.drop(columns=[n for n in table.columns if n.lower() == "plate_map_name"]).assign(map=name))
    return plates.merge(pd.concat(maps, ignore_index=True).fillna(""), on="map", how="left").drop(columns="map")


def _map_file(folder: Path, name: str) -> Path:
    bare = name.removesuffix(".txt")
    found = next((path for path in (folder / "platemap").glob("*.txt") if path.stem == bare), None)
    if found is None:
        raise ScreenError(f"{folder / BARCODES} names the map {name}, but there is no {folder}/platemap/{bare}.txt.")
    return found
