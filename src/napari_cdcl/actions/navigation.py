"""Go from field to field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session

Within = Literal["screen", "plate", "well", "selection"]
"""Among which fields one goes to the next."""


def show_row(session: Session, row: int) -> None:
    """Show a field by its row in the screen."""
    if session.screen is not None and 0 <= row < len(session.screen):
        session.row = row


def show_item(session: Session, item: int) -> None:
    """Show the field of an item and centre on it, if it has a field."""
    items = session.items
    if items is None or not 0 <= item < len(items):
        return
    row = int(items.rows[item])
    if row < 0:
        session.told.emit("This profile has no field on the screen that is open.")
        return
    show_row(session, row)
    session.focus = item


def show_well(session: Session, well: int) -> None:
    """Show a well's first field, or the next one where the well is on display already."""
    layout = session.plate_layout
    if layout is None:
        return
    rows = np.flatnonzero(layout.well_of == well)
    show_row(session, _next(rows, session.row, 1) if session.row in rows else int(rows[0]))


def step(session: Session, by: int, within: Within = "plate") -> None:
    """Show the next (+1) or previous (-1) field among those of `within`; after the last comes the first."""
    rows = _rows(session, within)
    if not len(rows):
        session.told.emit("Nothing is selected: select points or wells first, or step within the plate.")
        return
    show_row(session, _next(rows, session.row, by))


def step_well(session: Session, by: int) -> None:
    """Show the first field of the next (+1) or previous (-1) well of the plate."""
    layout, row = session.plate_layout, session.row
    if layout is None or row < 0:
        return
    wells = layout.wells_on(layout.plate_at(row))
    place = (int(layout.well_of[row]) - wells.start + by) % (wells.stop - wells.start)
    show_row(session, int(layout.first_rows[wells.start + place]))


def _rows(session: Session, within: Within) -> NDArray[np.int64]:
    screen, layout = session.screen, session.plate_layout
    if screen is None or layout is None:
        return np.zeros(0, dtype=np.int64)
    if within == "selection":
        items = session.items
        rows = np.unique(items.rows[session.selection]) if items is not None else np.zeros(0, dtype=np.int64)
        return rows[rows >= 0]
    if within == "screen" or session.row < 0:
        return np.arange(len(screen))
    if within == "well":
        return np.flatnonzero(layout.well_of == layout.well_of[session.row])
    return np.flatnonzero(layout.plate_of[layout.well_of] == layout.plate_at(session.row))


def _next(rows: NDArray[np.int64], row: int, by: int) -> int:
    place = int(np.searchsorted(rows, row))
    if place == len(rows) or rows[place] != row:  # between two of them
        place -= 1 if by > 0 else 0
    return int(rows[(place + by) % len(rows)])
