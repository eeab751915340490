"""Selections that have a name: saved with the run, and used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError, unknown_name
from napari_cdcl.actions.selection import combine

if TYPE_CHECKING:
    from napari_cdcl.actions.selection import Mode
    from napari_cdcl.models.session import Session

MOST_SAVED = 50
"""More do not fit into a menu."""
LONGEST = 60
"""Letters of a name."""


def save_selection(session: Session, name: str) -> None:
    """Give the selection a name.

    Raises
    ------
    ProfilesError
        If nothing is selected, the name is none or taken, or there are too many.
    """
    name = " ".join(name.split())
    if not session.selection.any():
        raise ProfilesError("nothing is selected that could be saved.")
    if not name or len(name) > LONGEST:
        raise ProfilesError(f"a saved selection needs a name of 1 to {LONGEST} letters.")
    if name in session.saved:
        raise ProfilesError(f"there is a saved selection “{name}” already: forget it first, or take another name.")
    if len(session.saved) >= MOST_SAVED:
        raise ProfilesError(f"{MOST_SAVED} selections are saved already: forget one first.")
    session.saved = {**session.saved, name: session.selection}
    session.told.emit(f"{int(session.selection.sum()):,} saved as “{name}”.")


def use_saved(session: Session, name: str, mode: Mode = "replace") -> None:
    """Select what is saved under a name, add it, take it away, or select what both share.

    Raises
    ------
    ProfilesError
        If there is no such name.
    """
    if name not in session.saved:
        raise ProfilesError(unknown_name("saved selection", name, session.saved))
    combine(session, session.saved[name], mode)


def forget_saved(session: Session, name: str) -> None:
    """Take a name away; what is selected stays selected."""
    session.saved = {other: mask for other, mask in session.saved.items() if other != name}
