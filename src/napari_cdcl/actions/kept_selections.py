"""Selections that have a name: kept with the run, and used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cdcl.errors import ProfilesError, unknown_name

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session

Use = Literal["replace", "add", "intersect", "subtract"]
"""What becomes of the selection with a kept one."""

MOST_KEPT = 50
"""More do not fit into a menu."""
LONGEST = 60
"""Letters of a name."""


def keep_selection(session: Session, name: str) -> None:
    """Give the selection a name.

    Raises
    ------
    ProfilesError
        If nothing is selected, the name is none or taken, or there are too many.
    """
    name = " ".join(name.split())
    if not session.selection.any():
        raise ProfilesError("nothing is selected that could be kept.")
    if not name or len(name) > LONGEST:
        raise ProfilesError(f"a kept selection needs a name of 1 to {LONGEST} letters.")
    if name in session.kept:
        raise ProfilesError(f"there is a kept selection “{name}” already: forget it first, or take another name.")
    if len(session.kept) >= MOST_KEPT:
        raise ProfilesError(f"{MOST_KEPT} selections are kept already: forget one first.")
    session.kept = {**session.kept, name: session.selection}
    session.told.emit(f"{int(session.selection.sum()):,} kept as “{name}”.")


def use_kept(session: Session, name: str, use: Use = "replace") -> None:
    """Select what is kept under a name, add it, take it away, or select what both share.

    Raises
    ------
    ProfilesError
        If there is no such name.
    """
    if name not in session.kept:
        raise ProfilesError(unknown_name("kept selection", name, session.kept))
    before, mask = session.selection, session.kept[name]
    combined = {"add": before | mask, "intersect": before & mask, "subtract": before & ~mask}
    session.selection = combined.get(use, mask)


def forget_kept(session: Session, name: str) -> None:
    """Take a name away; what is selected stays selected."""
    session.kept = {other: mask for other, mask in session.kept.items() if other != name}
