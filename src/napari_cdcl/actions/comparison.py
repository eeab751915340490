"""Compare the selection with what was set aside, or with all the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.profiles.composition import compare_compositions
from cdcl.profiles.exchange_units import Places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cdcl.profiles.composition import Composition
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two groups of items and a column to compare them by; it can be computed in any thread."""

    items: Items
    column: str
    one: NDArray[np.bool_]
    other: NDArray[np.bool_]

    def compute(self) -> Composition:
        """Count and test each value; see `cdcl.profiles.composition`."""
        table = self.items.table
        return compare_compositions(table[self.column], self.one, self.other, Places.of_table(table))


def ask_comparison(session: Session, column: str) -> Comparison:
    """Put the selection and what is set aside (else all that is not selected) into a comparison.

    Items in both count as selected.

    Raises
    ------
    ProfilesError
        If nothing is selected, nothing is left to compare with, or there is no such column.
    """
    items, one = session.items, session.selection
    if items is None or not one.any():
        raise ProfilesError("nothing is selected; select something to compare.")
    other = ~one if session.aside is None else session.aside & ~one
    if not other.any():
        raise ProfilesError("nothing is left to compare with: the selection holds all that was set aside.")
    items.column(column)  # refused here, not in a thread
    return Comparison(items, column, one, other)
