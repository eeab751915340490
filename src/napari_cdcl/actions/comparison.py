"""Compare the selection with what was set aside, or with all the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.profiles.composition import compare_compositions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from napari_cdcl.models.session import Session


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two groups of items and a column to compare them by; it can be computed in any thread."""

    values: pd.Series
    one: NDArray[np.bool_]
    other: NDArray[np.bool_]
    wells: NDArray[np.str_] | None

    def compute(self) -> pd.DataFrame:
        """Count and test each value; see `cdcl.profiles.composition`."""
        return compare_compositions(self.values, self.one, self.other, self.wells)


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
    wells = items.wells if items.level in ("cell", "site") and "well" in items.table else None
    return Comparison(items.column(column), one, other, wells)
