"""Tables of centroids as CellProfiler, DeepProfiler, CytoTable and everybody else write them: CSV, parquet, SQLite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.bounded import check_regular
from cdcl.cells.cell_table import Cells
from cdcl.cells.columns import cell_columns, field_columns, renamed
from cdcl.cells.matching import FILE_NAME, PLACE, match_fields
from cdcl.cells.sqlite import SQLITE, read_sqlite
from cdcl.errors import ScreenError
from cdcl.events import Said, Warned
from cdcl.screen.counting import counted
from cdcl.screen.plates import normalise_well
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen
    from cdcl.tasks import Task

KEPT_COLUMNS = 40
"""Of a table with more columns than these, which are measurements then, only the coordinates are kept."""

_DEEP_PROFILER = re.compile(r"(?P<well>[A-Za-z]{1,2}\d{1,2})[-_](?P<site>[^-]+)-(?:Nuclei|Cells)\.csv")


def read_centroids(source: Path, screen: Screen) -> Task[Cells]:
    """Read the cells of a screen from a table, a CellProfiler database, or a folder with tables of either tool.

    Raises
    ------
    ScreenError
        If there are no coordinates, they are no numbers, or they lie on no image of the screen.
    """
    table = _read(source)
    numbers = {axis: pd.to_numeric(table[axis], errors="coerce") for axis in ("y", "x")}
    good = np.isfinite(numbers["y"].to_numpy(float)) & np.isfinite(numbers["x"].to_numpy(float))
    if not good.any():
        raise ScreenError(f"{source}: none of the coordinates is a number.")
    rows = match_fields(table, screen, str(source))
    kept = good & (rows >= 0)
    cells = Cells.of(_tidy(table.assign(**numbers, row=rows)[kept]), source.name)
    yield Said(f"{len(cells):,} cells in {len(np.unique(cells.rows)):,} of {len(screen):,} fields, from {source.name}")
    if not good.all():
        lacking = counted(int((~good).sum()), "row has no coordinates and is", "rows have no coordinates and are")
        yield Warned(f"{source.name}: {lacking} left out")
    if (rows < 0).any():
        yield Warned(f"{int((rows < 0).sum()):,} cells of {source.name} lie on no image of the screen")
    return cells


def _read(source: Path) -> pd.DataFrame:
    """Give a table with our column names: y, x, and what says which field a cell is in."""
    if source.is_dir():
        return _read_folder(source)
    if source.suffix.lower() in SQLITE:
        return read_sqlite(source)
    table = _read_columns(source)
    lonely = not {"well", FILE_NAME, "image_id"} & set(table.columns)
    return _join_images(table, source) if lonely and "image_number" in table else table


def _read_columns(source: Path) -> pd.DataFrame:
    """Read a table; of a wide one only the columns that say where the cells are."""
    if source.suffix.lower() == ".parquet":
        names = _parquet_columns(source)
        columns = cell_columns(names, str(source))
        chosen = names if len(names) <= KEPT_COLUMNS else list(columns)
        return _spelled(renamed(pd.read_parquet(source, columns=chosen), columns))
    table = read_table(source)
    columns = cell_columns(table.columns, str(source))
    if len(table.columns) > KEPT_COLUMNS:
        table = table[list(columns)]
    return _spelled(renamed(table, columns))


def _parquet_columns(source: Path) -> list[str]:
    if source.exists():
        check_regular(source, ScreenError)
    try:
        return list(pq.read_schema(source).names)
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {source}.") from error
    except (OSError, pa.ArrowException) as error:
        raise ScreenError(f"{source} cannot be read as parquet ({' '.join(str(error).split())[:120]}).") from error


def _join_images(objects: pd.DataFrame, source: Path) -> pd.DataFrame:
    """Join CellProfiler's objects to the images that `Image.csv` beside them lists."""
    path = source.with_name("Image.csv")
    if not path.is_file():
        raise ScreenError(f"{source} names images by number only, and there is no {path.name} beside it to tell them.")
    images = read_table(path)
    images = _spelled(renamed(images, field_columns(images.columns)))
    if "image_number" not in images:
        raise ScreenError(f"{path} has no column ImageNumber; the cells of {source.name} cannot be told apart.")
    told = [name for name in (*PLACE, FILE_NAME) if name in images]
    numbers = images[["image_number", *told]].drop_duplicates("image_number")
    return objects.merge(numbers, on="image_number", how="left")


def _read_folder(source: Path) -> pd.DataFrame:
    """Read the tables of a folder: DeepProfiler's `<plate>/<well>-<site>-Nuclei.csv`, or CellProfiler's Nuclei.csv."""
    paths = sorted(source.rglob("*.csv"))
    located = [(path, match) for path in paths if (match := _DEEP_PROFILER.fullmatch(path.name))]
    if located:
        return pd.concat([_read_located(path, match) for path, match in located], ignore_index=True)
    objects = [path for name in ("Nuclei.csv", "Cells.csv") for path in sorted(source.rglob(name))]
    if not objects:
        raise ScreenError(f"{source} has no table of cells; expected Nuclei.csv, or PLATE/WELL-SITE-Nuclei.csv.")
    return pd.concat([_read(path) for path in objects if path.name == objects[0].name], ignore_index=True)


def _read_located(path: Path, match: re.Match[str]) -> pd.DataFrame:
    table = _read_columns(path)
    return table.assign(plate=path.parent.name, well=normalise_well(match["well"]), site=match["site"])


def _spelled(table: pd.DataFrame) -> pd.DataFrame:
    if "well" not in table:
        return table
    return table.assign(well=table["well"].map({well: normalise_well(str(well)) for well in table["well"].unique()}))


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Drop what the screen knows already, and what is measured anew."""
    known = {*PLACE, FILE_NAME, "image_id", "image_number", "table_number", "border"}
    return table.drop(columns=[name for name in table.columns if name in known])
