"""Which points belong to which class, each found in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_of_groups(
    positions: NDArray[np.floating], codes: NDArray[np.integer], visible: NDArray[np.bool_] | None = None
) -> list[tuple[int, NDArray[np.intp]]]:
    """Give code and rows of each group that has points to see, the largest first.

    Parameters
    ----------
    positions
        (N, 2); what is not finite does not count.
    codes
        (N,) group of each point; 0 is none.
    visible
        (N,) which points are drawn; None: all.
    """
    drawn = np.isfinite(positions).all(axis=1) & (codes > 0)
    if visible is not None:
        drawn &= visible
    rows = np.flatnonzero(drawn)
    kinds = codes[rows].astype(np.int64)
    order = np.argsort(kinds, kind="stable")
    present, begins = np.unique(kinds[order], return_index=True)
    parts = np.split(rows[order], begins[1:])
    found = list(zip(present.tolist(), parts, strict=True)) if len(present) else []
    return sorted(found, key=lambda group: -len(group[1]))
