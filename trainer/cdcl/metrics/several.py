"""Several mechanisms or targets of one treatment, joined by `|` as JUMP writes them: one rule for all scores.

Two treatments agree where they share any. A neighbour that has several votes for each, and an answer is right where it
is one of those that the query has. So a compound with two mechanisms is no third kind that nothing else can match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

BAR = "|"
"""Parts several mechanisms or targets of one treatment."""

COLUMNS = ("mechanism", "target")
"""Columns whose labels can be several; of others a bar is part of the name."""


def parts_of(names: Sequence[str] | NDArray[np.str_], column: str) -> tuple[NDArray[np.bool_], NDArray[np.str_]] | None:
    """Take joined labels apart.

    Parameters
    ----------
    names
        Labels as they stand in the table, S of them.
    column
        Where they stand.

    Returns
    -------
    held, singles
        Which single label each of `names` has, shape (S, L), and the L single labels in the order of the alphabet;
        None where no label is several.

    Examples
    --------
    >>> parts_of(["a", "a|b"], "mechanism")
    (array([[ True, False],
           [ True,  True]]), array(['a', 'b'], dtype='<U1'))
    """
    if column not in COLUMNS or not any(BAR in name for name in names):
        return None
    parted = [[part.strip() for part in str(name).split(BAR) if part.strip()] for name in names]
    singles = np.unique([part for parts in parted for part in parts])
    held = np.zeros((len(parted), len(singles)), dtype=bool)
    for row, parts in enumerate(parted):
        held[row, np.searchsorted(singles, parts)] = True
    return held, singles


def sharing(held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows (N, L) have any label in common, shape (N, N)."""
    counts = held.astype(np.float32)
    return np.asarray(counts @ counts.T > 0)


def shares_any(labels: pd.Series) -> NDArray[np.bool_]:
    """Tell which rows have any label of another in common, parted by `|` whatever their column; shape (N, N)."""
    names = labels.fillna("").to_numpy(dtype=str)
    kinds, codes = np.unique(names, return_inverse=True)
    parts = parts_of(kinds, COLUMNS[0])
    same = sharing(parts[0]) if parts else np.diag(kinds != "")
    return np.asarray(same[np.ix_(codes, codes)])


def shared_of(one: NDArray[np.str_], other: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give the labels that two rows have in common, joined by `|`; "" where there are none.

    Examples
    --------
    >>> shared_of(np.array(["a", "a|b", "", "a|b"]), np.array(["a", "b|c", "", "c"])).tolist()
    ['a', 'b', '', '']
    """
    shared = np.where(one == other, one, "").astype(object)
    joined = [BAR in first or BAR in second for first, second in zip(one.tolist(), other.tolist(), strict=True)]
    for row in np.flatnonzero(joined).tolist():
        parts = ({part.strip() for part in str(each[row]).split(BAR)} for each in (one, other))
        shared[row] = BAR.join(sorted(set.intersection(*parts) - {""}))
    return shared.astype(str)
