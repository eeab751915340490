"""Drop a run folder, a screen's folder or its table on napari: the channels appear, and the panels show the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from napari.utils.notifications import show_warning

from cdcl.errors import CDCLError
from cdcl.readers import READERS
from cdcl.readers.sources import TABLE_NAMES
from cdcl.runs import Run
from cdcl.screen.tables import is_table
from napari_cdcl.actions import read_source
from napari_cdcl.layers.field import field_layers
from napari_cdcl.models.window_words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Any], list[tuple[Any, ...]]]


NOTHING: list[tuple[Any, ...]] = [(None,)]
"""What a reader gives that has understood a path and shows no layer."""


def get_reader(path: str | list[str]) -> Reader | None:
    """Give napari the function that reads a run or a screen, or None where it is neither."""
    if isinstance(path, list):
        return get_reader(path[0]) if len(path) == 1 else None
    place = Path(path)
    known = _is_known_folder(place) if place.is_dir() else _is_known_table(place)
    return read if known else None


def read(path: str | list[str]) -> list[tuple[Any, ...]]:
    """Describe one layer a channel, over all fields; nothing but one field is read.

    What is no screen after all is refused in a line, and adds no layer.
    """
    place = Path(path[0] if isinstance(path, list) else path)
    try:
        opened = read_source(place)
        return [*field_layers(opened.screen, opened)]
    except CDCLError as error:
        show_warning(words_of(error))  # a line; napari would show a traceback
        return NOTHING


def _is_known_folder(place: Path) -> bool:
    return Run(place).config.is_file() or any((place / name).is_file() for name in TABLE_NAMES)


def _is_known_table(place: Path) -> bool:
    if place.name == Run(place).config.name:
        return Run(place.parent).screen.is_file()
    if not is_table(place):
        return False
    try:
        columns = _columns(place)
    except (OSError, ValueError, pa.ArrowException):
        return False
    return any(reader.fits(columns) for reader in READERS.values())


def _columns(place: Path) -> list[str]:
    """Read the names of a table's columns, and no more."""
    if place.suffix.lower() == ".parquet":
        return [str(name) for name in pq.read_schema(place).names]
    separator = "\t" if ".tsv" in place.name.lower() or place.suffix == ".txt" else ","
    return [str(name) for name in pd.read_csv(place, sep=separator, nrows=0).columns]
