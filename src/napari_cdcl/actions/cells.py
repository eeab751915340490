"""Keep the cells of the session's screen beside it, explore them, and write back what was said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.cells import CELLS_NAME, Cells, read_cells_file, write_cells
from cdcl.cells.windows import flag_border
from cdcl.errors import CDCLError, ProfilesError, ScreenError
from cdcl.screen.tables import write_screen
from napari_cdcl.models.cells_from_layers import merge_fields, sizes_of
from napari_cdcl.models.items import Items
from napari_cdcl.models.owned_files import check_own, folder_beside, note_own
from napari_cdcl.models.written import with_formulas

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

LABELS = ("treatment", "mechanism", "control", "archetype", "confidence", "annotation", "similarity")
"""What is written back of a cell, besides where it is."""
KEYS = ("batch", "plate", "well", "site", "cell", "y", "x", "border")


def cells_file(session: Session) -> Path | None:
    """Give the file that holds the cells of the screen: the one kept last here, else cells.parquet beside it."""
    if session.cells_file is not None or session.screen is None:
        return session.cells_file
    beside = cells_beside(session.screen)
    return beside if beside.is_file() else None


def cells_beside(screen: Screen) -> Path:
    """Give where `cdcl cells` keeps the cells of a screen."""
    folder = screen.folder
    name = f"{folder.stem}.{CELLS_NAME}" if folder.suffix.lower() == ".zarr" else CELLS_NAME
    return folder_beside(screen) / name


def check_cells_path(session: Session, path: Path) -> None:
    """Refuse to write cells over anything but cells.

    Raises
    ------
    CDCLError
        If there is another file, or it is to be no .parquet.
    """
    if path.suffix.lower() != ".parquet":
        raise ScreenError(f"{path.name}: the cells of a screen are kept as .parquet; Save labels… writes .csv.")
    if session.screen is None or (path.exists() and read_own(path, session.screen) is None):
        check_own(session, path)


def read_own(path: Path, screen: Screen) -> Cells | None:
    """Read cells that cdcl wrote; None where the file is another's, or of another screen. It may run in any thread."""
    try:
        return read_cells_file(path, screen)
    except (CDCLError, OSError):
        return None


def keep_cells(screen: Screen, cells: Cells, side: int, path: Path) -> Cells:
    """Write cells of some fields, with those that the file holds of others; it may run in any thread.

    Raises
    ------
    CDCLError
        If a field cannot be read, or the file not written.
    """
    flagged = flag_border(cells, sizes_of(screen, cells.rows), side)
    merged = merge_fields(read_own(path, screen) if path.exists() else None, flagged)
    write_cells(merged, screen, path)
    return merged


def note_cells(session: Session, path: Path) -> None:
    """Take a file for the cells of the screen: trainings from the window use it."""
    note_own(session, path)
    session.cells_file = path


def cell_items(path: Path, screen: Screen) -> Items:
    """Read a screen's cells to explore, without profiles; it may run in any thread.

    Raises
    ------
    ScreenError
        If the file holds none of this screen.
    """
    cells = read_own(path, screen)
    if cells is None or not len(cells):
        raise ScreenError(f"{path.name} holds no cells of this screen.")
    return Items(cells.with_sites(screen), "cell", cells.rows, title=f"cells ({cells.origin})")


def count_cells(cells: Cells, num_fields: int) -> str:
    """Sum up how many cells there are, and in how many fields."""
    counts = np.bincount(cells.rows, minlength=num_fields)
    some = counts[counts > 0]
    spread = f"{some.min():,} to {some.max():,} a field, {np.median(some):.0f} in the middle" if len(some) else "none"
    border = int(cells.border.sum())
    return f"{len(cells):,} cells in {len(some):,} of {num_fields:,} fields: {spread}; {border:,} at the border."


def show_counts(session: Session, path: Path) -> None:
    """Colour plate map and scatter by the number of cells of each field.

    Raises
    ------
    CDCLError
        If the file holds none of this screen.
    """
    screen = session.screen
    if screen is None:
        return
    cells = read_own(path, screen)
    if cells is None:
        raise ScreenError(f"{path.name} holds no cells of this screen.")
    if session.items is None or session.items.level != "site":
        session.items = Items.of_screen(screen)
    items = session.items
    counts = np.bincount(cells.rows, minlength=len(screen))
    found = np.where(items.rows >= 0, counts[np.maximum(items.rows, 0)], 0)
    session.extend_items({"cells_found": found})
    session.colour = "cells_found"


def write_labels(session: Session, path: Path) -> None:
    """Write where cells are, and their archetypes, annotations and other labels, as a table beside the data.

    Where fields are explored, each cell of the screen's file takes what is said of its field.

    Raises
    ------
    CDCLError
        If there are no cells, there is such a file already, or it cannot be written.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{path.name}: labels are written as .csv or .parquet.")
    check_own(session, path)
    table = labelled_cells(session)
    with replaced_file(path) as temporary:
        if path.suffix.lower() == ".csv":
            table.to_csv(temporary, index=False)
        else:
            table.to_parquet(temporary, index=False)
    note_own(session, path)
    told = [name for name in LABELS if name in table]
    said = f"Wrote {path.name}: {len(table):,} cells with {', '.join(told) or 'no labels'}."
    session.told.emit(with_formulas(said, path))


def labelled_cells(session: Session) -> pd.DataFrame:
    """Give one row a cell: which field it is in, `y` and `x` in pixels (0: the middle of the first), and its labels.

    Raises
    ------
    ProfilesError
        If neither cells are explored, nor fields of a screen whose cells are kept.
    """
    items, screen = session.items, session.screen
    cells = cells_to_write(session)
    assert items is not None
    assert screen is not None
    if items.level == "cell":
        return _chosen_columns(items.table[items.rows >= 0])
    place = np.full(len(screen), -1, dtype=np.int64)
    known = items.rows >= 0
    place[items.rows[known]] = np.flatnonzero(known)
    mine = place[cells.rows]
    table = cells.with_sites(screen)
    for name in (name for name in LABELS if name in items.table):
        values = items.table[name].take(np.maximum(mine, 0)).reset_index(drop=True)
        table[name] = values.where(mine >= 0, None)
    return _chosen_columns(table)


def cells_to_write(session: Session) -> Cells:
    """Give the cells that are explored, else those that are kept of the fields that are explored; errors as above."""
    items, screen = session.items, session.screen
    if items is None or screen is None:
        raise ProfilesError("no screen is open.")
    if items.level == "cell" and {"y", "x"} <= set(items.table):
        own = [name for name in ("y", "x", "cell", "border", "area") if name in items.table]
        return Cells.of(items.table[own].assign(row=items.rows)[items.rows >= 0], items.title)
    path = cells_file(session)
    cells = read_own(path, screen) if path is not None else None
    if cells is None or items.level != "site":
        raise ProfilesError("there are no cells to write: keep some first, or explore the cells of a run.")
    return cells


def prepare_ome(session: Session, scratch: Path, out: Path) -> list[str]:
    """Write into `scratch` what `cdcl` needs to write OME-Zarr labels to `out`, and give its arguments.

    Raises
    ------
    CDCLError
        If there are no cells, or the scratch cannot be written.
    """
    cells, labels, screen = cells_to_write(session), labelled_cells(session), session.screen
    assert screen is not None
    table, kept, known = (scratch / f"{name}.parquet" for name in ("screen", "cells", "labels"))
    write_screen(screen, table)
    write_cells(cells, screen, kept)
    labels.to_parquet(known, index=False)
    new = [name for name in labels if name not in screen.sites and name not in cells.table]
    told = ["--with", str(known)] if new else []
    return ["cells", str(table), "--from", str(kept), *told, "--labels", str(out), "-o", str(scratch / "out.parquet")]


def _chosen_columns(table: pd.DataFrame) -> pd.DataFrame:
    return table[[name for name in (*KEYS, *LABELS) if name in table]].reset_index(drop=True)
