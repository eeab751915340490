"""Read what is in the wells: a tidy table, grids, a workbook, or the Cell Painting Gallery's pair of files."""

from __future__ import annotations

import csv
import zlib
from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.bounded import check_archive
from cdcl.errors import ScreenError
from cdcl.readers.metadata.number_formats import shown
from cdcl.readers.metadata.sheets import checked_wells, read_sheets
from cdcl.readers.metadata.wells import rows_with_wells, with_wells
from cdcl.readers.metadata.workbook_looks import WORKBOOKS, fill_merged, look_at, looks_in_words
from cdcl.screen.columns import Interpretation, interpret
from cdcl.screen.counting import counted
from cdcl.screen.delimited import read_records
from cdcl.screen.parquet_slips import parquet_parts
from cdcl.screen.tables import is_table, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.metadata.grids import Cells

BARCODES = "barcode_platemap.csv"
"""In the gallery: which map (`Plate_Map_Name`) is on which plate (`Assay_Plate_Barcode`)."""


def read_platemap(path: Path) -> pd.DataFrame:
    """Read a platemap: what is in each well.

    Parameters
    ----------
    path
        What `read_noted_platemap` reads: a table, a sheet of grids, a workbook, or the gallery's pair of files.

    Returns
    -------
    DataFrame
        A row a well, with our column names: `well`, `plate` where the map names plates, and what is in the well.

    Raises
    ------
    ScreenError
        If it cannot be read, or no wells are found in it.
    """
    return read_noted_platemap(path).table


def read_noted_platemap(path: Path) -> Interpretation:
    """Give one row a well, with our column names: `well`, `plate` where the map names plates, and what is in it.

    The notes name what was not understood, and sheets or lines that were not read.

    Parameters
    ----------
    path
        A table with a column of wells (or of rows and columns), a sheet of 8 x 12 or 16 x 24 grids, a workbook of
        either (sheets of the same wells are plates, named by their sheets), or the gallery's `barcode_platemap.csv` or
        its folder.

    Raises
    ------
    ScreenError
        If it cannot be read, or no wells are found in it.
    """
    if parts := parquet_parts(path):
        raise ScreenError(parts)
    if path.is_dir() and not (path / BARCODES).exists():
        raise ScreenError(f"{path} is a folder without {BARCODES}; name the file of the plate map.")
    if path.is_dir() or path.name.lower() == BARCODES:
        return _tidy(read_pair(path if path.is_dir() else path.parent), path)
    if path.suffix.lower() in WORKBOOKS:
        notes: list[str] = []
        read = read_sheets(_sheets(path, notes), path)
        return Interpretation(read.table, read.taken, (*notes, *read.notes))
    if path.suffix.lower() == ".parquet" or not is_table(path):
        return _tidy(read_table(path), path)
    return read_sheets({"": _records(path)}, path)


def _tidy(table: pd.DataFrame, path: Path) -> Interpretation:
    notes: list[str] = []
    map_ = interpret(rows_with_wells(with_wells(table), path, notes))
    return checked_wells(Interpretation(map_.table, map_.taken, (*notes, *map_.notes)), path)


def _records(path: Path) -> Cells:
    try:
        return read_records(path)
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {path}.") from error
    except ScreenError:
        raise  # it says by itself how to mend
    except (OSError, ValueError, EOFError, zlib.error, csv.Error) as error:
        reason = " ".join(str(error).split())[:160]
        raise ScreenError(f"{path} cannot be read as a table ({reason}); save it anew as CSV.") from error


def _sheets(path: Path, notes: list[str]) -> dict[str, Cells]:
    """Read all sheets as text; a cell that holds a formula nobody computed is noted."""
    try:
        from openpyxl.reader.excel import ExcelReader
    except ImportError as error:
        raise ScreenError(f"{path}: `pip install napari-cdcl[excel]` reads workbooks; or save it as CSV.") from error
    try:
        check_archive(path, ScreenError)
        # Opened whole: read-only, openpyxl tells neither merged ranges nor what is hidden.
        books = [_opened(ExcelReader(path, data_only=computed)) for computed in (True, False)]
    except FileNotFoundError as error:
        raise ScreenError(f"no workbook at {path}.") from error
    except Exception as error:
        # On a damaged file openpyxl raises whatever its parts do.
        reason = " ".join(str(error).split())[:120]
        raise ScreenError(f"{path} cannot be read as a workbook ({reason}); save it as CSV.") from error
    looks = {sheet.title: look_at(sheet, path) for sheet in books[0].worksheets}
    values, written = (
        {
            sheet.title: [[shown(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
            for sheet in book.worksheets
        }
        for book in books
    )
    for title, rows in values.items():
        open_cells = _uncomputed(rows, written[title])
        if open_cells:
            number = counted(len(open_cells), "cell holds a formula", "cells hold formulas")
            notes.append(
                f"{path.name}, {title}: {number} without a value, such as "
                f"{open_cells[0]}, and read as empty; open and save it in a spreadsheet program."
            )
    found = {}
    for title, rows in values.items():
        found[title], filled = fill_merged([list(map(_as_text, row)) for row in rows], looks[title])
        notes += looks_in_words(f"{path.name}, {title}", looks[title], filled)
    return found


def _opened(reader: Any) -> Any:
    """Open a workbook without its chart sheets: they hold no cells, and openpyxl fails on one without a drawing."""
    reader.read_chartsheet = lambda *_: None
    reader.read()
    return reader.wb


def _uncomputed(values: list[list[object]], written: list[list[object]]) -> list[str]:
    return [
        str(formula)
        for row, formulas in zip(values, written, strict=False)
        for value, formula in zip(row, formulas, strict=False)
        if value is None and isinstance(formula, str) and formula.startswith("=")
    ]


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
    bare = name.removesuffix(".txt").removesuffix(".csv").removesuffix(".tsv")
    files = sorted((folder / "platemap").glob("*"), key=lambda path: (path.suffix.lower() != ".txt", path.name))
    found = next((path for path in files if is_table(path) and path.name.partition(".")[0] == bare), None)
    found = found or next((path for path in files if is_table(path) and path.stem == bare), None)
    if found is None:
        raise ScreenError(f"{folder / BARCODES} names the map {name}, but there is no {folder}/platemap/{bare}.txt.")
    return found
