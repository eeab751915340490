"""Find what is like the selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.similar import Similar
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

SIMILARITY = "similarity"
"""The column that says how similar each found item is to what was asked for."""
ELSEWHERE = {
    "": "anywhere",
    "well": "not in the same well",
    "plate": "not in the same plate",
    "batch": "not in the same batch",
    "treatment": "not of the same treatment",
}
"""Where similar items may not be: a column whose values of the query are left out."""


@dataclass(frozen=True, eq=False)
class Question:
    """What similar items are asked for: a question can be answered in any thread."""

    items: Items
    query: NDArray[np.int64]
    num: int
    allowed: NDArray[np.bool_] | None

    def answer(self) -> Similar:
        """Search all items.

        Raises
        ------
        ProfilesError
            If the query has no direction.
        """
        assert self.items.values is not None
        from cdcl.profiles.similar import find_similar  # brings pandas, which an empty panel does without

        return find_similar(self.items.values, self.query, num=self.num, allowed=self.allowed)


def ask_similar(session: Session, num: int = 100, elsewhere: str = "") -> Question:
    """Put the selection, or else the field on display, into a question.

    Raises
    ------
    ProfilesError
        If there are no profiles, nothing is selected, or the items lack the column `elsewhere`.
    """
    items = session.items
    if items is None or items.values is None:
        raise ProfilesError("there are no profiles to compare; open a run that has some.")
    mask = session.selection
    if not mask.any() and session.screen is not None and session.row >= 0:
        mask = items.on_row(session.row, session.screen)
    query = np.flatnonzero(mask)
    if not len(query):
        raise ProfilesError("nothing is selected to be similar to; select a point or show a field with a profile.")
    return Question(items, query, num, _outside(items, query, elsewhere))


def show_similar(session: Session, question: Question, found: Similar) -> None:
    """Select what was found, set aside what was asked for, and tell how similar each is."""
    if session.items is None or len(session.items) != len(question.items):
        return  # something else was opened meanwhile
    cosines = np.full(len(session.items), np.nan, dtype=np.float32)
    cosines[found.rows], cosines[question.query] = found.cosines, 1.0
    session.extend_items({SIMILARITY: cosines})
    asked, mask = np.zeros_like(session.selection), np.zeros_like(session.selection)
    asked[question.query], mask[found.rows] = True, True
    session.aside = asked
    session.selection = mask
    best = f": cosine {found.cosines[0]:.3f} to {found.cosines[-1]:.3f}" if len(found.rows) else ""
    session.told.emit(f"{len(found.rows):,} of {len(mask):,} found{best}. What was asked for is set aside.")


def find_like_selection(session: Session, num: int = 100, elsewhere: str = "") -> None:
    """Ask, search and show, all at once.

    Raises
    ------
    ProfilesError
        As `ask_similar`.
    """
    question = ask_similar(session, num, elsewhere)
    show_similar(session, question, question.answer())


def _outside(items: Items, query: NDArray[np.int64], column: str) -> NDArray[np.bool_] | None:
    if not column:
        return None
    if column == "well":
        values = items.wells
    elif column == "plate":
        values = plate_keys(items.table).to_numpy(dtype=str) if "plate" in items.table else items.wells
    else:
        values = items.column(column).to_numpy(dtype=str)
    return ~np.isin(values, np.unique(values[query]))
