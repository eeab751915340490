"""Counts in messages: one of a kind reads otherwise than several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SHOWN = 3
"""Names or places that are told; whoever made one slip made many."""


def counted(number: int, one: str, several: str) -> str:
    """Write a number with the words behind it.

    >>> counted(1, "dose is", "doses are"), counted(4, "dose is", "doses are")
    ('1 dose is', '4 doses are')
    """
    return f"{number} {one if number == 1 else several}"


def places(table: pd.DataFrame, marked: NDArray[np.bool_]) -> str:
    """Say where the marked rows of a table (N,) are: by plate and well, or where it names no wells by row.

    Row 2 is the first below the headings, as a spreadsheet counts.
    """
    columns = [name for name in ("plate", "well") if name in table]
    found = table[marked]
    if "well" in columns and (found["well"] != "").all():
        wells = found[columns].drop_duplicates().head(SHOWN + 1).to_numpy()
        names = ["/".join(filter(None, map(str, row))) for row in wells]
        said = "well " if len(names) == 1 else "wells "
    else:
        names = [str(row + 2) for row in np.flatnonzero(marked)[: SHOWN + 1]]
        said = "row " if len(names) == 1 else "rows "
    return said + ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
