"""CellProfiler's database of a plate: objects in one table, the images they are on in another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.cells.columns import cell_columns, field_columns
from cdcl.errors import ScreenError
from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from pathlib import Path

SQLITE = (".sqlite", ".sqlite3", ".db")
"""What the names of databases end with."""

_OBJECTS = ("nuclei", "nucleus", "cells", "object", "objects", "cytoplasm")
_JOINS = ("table_number", "image_number")


def read_sqlite(path: Path) -> pd.DataFrame:
    """Read y, x, number and place of every cell; nothing is ever written to the database.

    Raises
    ------
    ScreenError
        If the file is no database, or holds no objects with coordinates and their images.
    """
    if not path.is_file():
        raise ScreenError(f"no database at {path}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _read(connection, path)
    except (sqlite3.DatabaseError, pd.errors.DatabaseError) as error:
        raise ScreenError(
            f"{path} is not a readable SQLite database ({' '.join(str(error).split())[:120]})."
        ) from error


def _read(connection: sqlite3.Connection, path: Path) -> pd.DataFrame:
    tables = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    objects = min((name for name in tables if _rank(name) < len(_OBJECTS)), key=_rank, default=None)
    images = next((name for name in tables if name.lower().split("_")[-1] == "image"), None)
    if objects is None or images is None:
        raise ScreenError(
            f"{path} has no tables of objects and images, such as Nuclei and Image; it has {', '.join(tables[:8])}."
        )
    wanted = cell_columns(_columns(connection, objects), f"{path}, table {objects}")
    kept = {old: new for old, new in wanted.items() if new in ("y", "x", "cell", *_JOINS)}
    cells = _select(connection, objects, kept)
    places = _select(connection, images, field_columns(_columns(connection, images)))
    keys = [name for name in _JOINS if name in cells and name in places]
    if not keys:
        raise ScreenError(f"{path}: {objects} and {images} have no common ImageNumber.")
    if "well" in places:
        places["well"] = places["well"].map(lambda well: normalise_well(str(well)))
    return cells.merge(places.drop_duplicates(keys), on=keys, how="left")


def _rank(table: str) -> int:
    last = table.lower().split("_")[-1]
    return _OBJECTS.index(last) if last in _OBJECTS else len(_OBJECTS)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]


def _select(connection: sqlite3.Connection, table: str, columns: dict[str, str]) -> pd.DataFrame:
    names = ", ".join(f"{_quoted(old)} AS {_quoted(new)}" for old, new in columns.items())
    return pd.read_sql_query(f"SELECT {names} FROM {_quoted(table)}", connection)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
