"""Rows by group with one sort: a mask a group would look at every row once for each of ten thousand labels."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_of_groups(codes: NDArray[np.integer], num_groups: int) -> list[NDArray[np.int64]]:
    """Give the rows of each group in their order; codes (N,) number the groups, and rows below 0 are in none.

    >>> [rows.tolist() for rows in rows_of_groups(np.array([1, 0, -1, 1]), 3)]
    [[1], [0, 3], []]
    """
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(num_groups + 1))
    return [order[start:stop] for start, stop in itertools.pairwise(edges)]
