"""Select items: those of wells, of a field, all that share a value, or all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session

Mode = Literal["replace", "add", "subtract", "intersect"]
"""What becomes of the items that are selected already."""


def combine(session: Session, mask: NDArray[np.bool_], mode: Mode = "replace") -> None:
    """Select marked items (N,), add them to the selection, take them away from it, or select what both share."""
    before = session.selection
    combined = {"add": before | mask, "subtract": before & ~mask, "intersect": before & mask}
    session.selection = combined.get(mode, mask)


def select_wells(session: Session, wells: Iterable[int], mode: Mode = "replace") -> None:
    """Select the items of some wells; of treatments those that are in them."""
    items, item_wells, layout = session.items, session.item_wells, session.plate_layout
    if items is None or item_wells is None or layout is None:
        return
    wanted = np.zeros(len(layout) + 1, dtype=np.bool_)
    wanted[list(wells)] = True
    wanted[-1] = False  # the place of those without a well
    if items.level != "treatment":
        combine(session, wanted[item_wells.well_of], mode)
    elif session.screen is not None and "treatment" in session.screen.sites:
        there = session.screen.sites["treatment"][wanted[layout.well_of]].unique()
        combine(session, items.column("treatment").isin(there).to_numpy(dtype=np.bool_), mode)


def selected_wells(session: Session) -> NDArray[np.bool_]:
    """Mark the wells with a selected item, (W,); of selected treatments all their wells."""
    items, item_wells, layout = session.items, session.item_wells, session.plate_layout
    if items is None or item_wells is None or layout is None:
        return np.zeros(0, dtype=np.bool_)
    if items.level != "treatment" or session.screen is None or "treatment" not in session.screen.sites:
        return item_wells.touched(session.selection, len(layout))
    chosen = items.column("treatment")[session.selection]
    marked = np.zeros(len(layout), dtype=np.bool_)
    marked[layout.well_of[session.screen.sites["treatment"].isin(chosen).to_numpy()]] = True
    return marked


def select_field(session: Session, mode: Mode = "replace") -> None:
    """Select the items of the field on display: its cells, itself, or its well."""
    if session.items is not None and session.screen is not None and session.row >= 0:
        combine(session, session.items.on_row(session.row, session.screen), mode)


def select_same(session: Session, column: str) -> None:
    """Select all items that share a value of `column` with a selected one, or with the field on display.

    Raises
    ------
    ProfilesError
        If the items have no such column.
    """
    items = session.items
    if items is None:
        return
    values = (
        items.wells if column == "well" and len(items.wells) and items.wells[0] else items.column(column).to_numpy()
    )
    seed = session.selection
    if not seed.any() and session.screen is not None and session.row >= 0:
        seed = items.on_row(session.row, session.screen)
    if not seed.any():
        session.told.emit("Nothing is selected to take a value from: select a point, or show a field.")
        return
    import pandas as pd

    combine(session, pd.Series(values).isin(pd.unique(pd.Series(values[seed]))).to_numpy(dtype=np.bool_))


def invert(session: Session) -> None:
    """Select what is not selected."""
    session.selection = ~session.selection


def set_aside(session: Session) -> None:
    """Keep the selection aside, to compare another one with it; an empty selection empties it."""
    session.aside = session.selection.copy() if session.selection.any() else None


def select_groups(session: Session, column: str, labels: Iterable[str], mode: Mode = "replace") -> int:
    """Select all items with one of these labels in a column, and count them; nothing changes where there are none.

    Returns
    -------
    int
        How many items have one of the labels; -1 where the items have no such column.
    """
    items = session.items
    if items is None or column not in items.table:
        return -1
    wanted = set(labels)
    mask = items.table[column].astype(str).isin(wanted).to_numpy(dtype=np.bool_)
    if mask.any() or not wanted:
        combine(session, mask, mode)
    return int(mask.sum())


def groups_of_selection(session: Session, column: str) -> set[str]:
    """Name the labels that the selected items have in a column; none where nothing is selected."""
    items = session.items
    if items is None or column not in items.table or not session.selection.any():
        return set()
    return set(items.table[column].astype(str)[session.selection].unique())
