"""cells.parquet: the coordinates of a screen's cells, stored beside its table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular, parse_json
from cdcl.cells.cell_table import Cells
from cdcl.cells.matching import key_columns, match_fields
from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

CELLS_NAME = "cells.parquet"
"""What a screen's cells are called where they lie beside its table."""

_KEY = b"cdcl.cells"


def write_cells(cells: Cells, screen: Screen, path: Path) -> None:
    """Write cells to a table of their own.

    Each row names its field (batch, plate, well, site), so that the cells are found again when the screen is sorted
    anew. Coordinates are written in pixels of the image files, also where the screen is read binned.

    Parameters
    ----------
    cells
        Of `screen`, in pixels of `screen.image`.
    path
        .parquet keeps where the cells come from; .csv does not.

    Raises
    ------
    ScreenError
        If the file is not to be a .parquet or .csv.
    """
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise ScreenError(f"{path}: cells are written as .parquet or .csv.")
    own = cells.binned(1 / screen.reduction.binning).table.drop(columns="row")
    keys = screen.sites[key_columns(screen)].iloc[cells.rows].reset_index(drop=True)
    table = keys.join(own.drop(columns=[name for name in own if name in keys]))
    with replaced_file(path) as temporary:
        if path.suffix.lower() == ".csv":
            table.to_csv(temporary, index=False)
            return
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        facts = json.dumps({"origin": cells.origin, "y, x": "pixels; 0 is the middle of the first pixel"})
        arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _KEY: facts.encode()})
        pq.write_table(arrow, temporary)


def read_cells_file(path: Path, screen: Screen) -> Cells | None:
    """Read what `write_cells` wrote; None where the file is another tool's.

    Parameters
    ----------
    path
        Any file; only a .parquet can be one of ours.

    Returns
    -------
    Cells or None
        Of the fields that the screen has, in pixels of `screen.image`; their rows are those of this screen, however it
        is sorted.

    Raises
    ------
    ScreenError
        If its fields are not in the screen.
    """
    if path.suffix.lower() != ".parquet":
        return None
    if path.exists():
        check_regular(path, ScreenError)
    try:
        facts = (pq.read_schema(path).metadata or {}).get(_KEY)
    except (OSError, pa.ArrowException):
        return None
    if facts is None:
        return None
    try:
        table, origin = pq.read_table(path).to_pandas(), str(parse_json(facts, path, ScreenError)["origin"])
    except (OSError, ValueError, LookupError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:160]
        raise ScreenError(f"{path} is damaged ({reason}); have the cells written anew.") from error
    rows = match_fields(table, screen, str(path)) if len(table) else np.zeros(0, dtype=np.int64)
    keys = [name for name in key_columns(screen) if name in table and name != "cell"]
    table = table.drop(columns=keys).assign(row=rows)
    return Cells.of(table[table["row"] >= 0], origin).binned(screen.reduction.binning)
