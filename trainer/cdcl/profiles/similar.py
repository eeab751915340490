"""Find the profiles most like some others, by cosine: exact, block by block, without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_BYTES = 1 << 20
"""A block of profiles is read from memory once: its lengths and its cosines come from the processor's cache."""


class Similar(NamedTuple):
    """The profiles found, the most similar first.

    Attributes
    ----------
    rows
        Their rows, (K,).
    cosines
        Their similarities to the query, from -1 to 1, (K,).
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]


def find_similar(
    values: NDArray[np.float32],
    query: NDArray[np.int64],
    *,
    num: int = 100,
    allowed: NDArray[np.bool_] | None = None,
) -> Similar:
    """Find the `num` profiles whose cosine with the query is largest; the query's own rows are not among them.

    Several rows are asked for together by the mean of their unit vectors. Equal cosines come in the order of rows.

    Parameters
    ----------
    values
        Profiles (N, D).
    query
        Rows of the profiles to be like, at least one.
    allowed
        Mask (N,) of rows that may be found, such as those of other batches; by default all.

    Raises
    ------
    ProfilesError
        If the query is empty, or all of it is zero.
    """
    if not len(query):
        raise ProfilesError("nothing is selected to be similar to; select a profile first.")
    cosines = cosines_with(values, mean_direction(values[query]))
    kept = np.ones(len(values), dtype=np.bool_) if allowed is None else allowed.copy()
    kept[query] = False
    rows = np.flatnonzero(kept)
    found = cosines[rows]
    if len(rows) > num:
        limit = np.partition(found, len(found) - num)[len(found) - num]
        above, equal = np.flatnonzero(found > limit), np.flatnonzero(found == limit)
        chosen = np.sort(np.concatenate([above, equal[: num - len(above)]]))
        rows, found = rows[chosen], found[chosen]
    order = np.argsort(-found, kind="stable")
    return Similar(rows[order], found[order])


def mean_direction(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the unit vector (D,) along the mean of the unit vectors of `values` (M, D).

    Raises
    ------
    ProfilesError
        If it has no direction: all profiles are zero, or they cancel out.
    """
    mean = unit(values).mean(axis=0)
    length = np.linalg.norm(mean)
    if length < 1e-12:
        raise ProfilesError("what is selected has no direction: its profiles are zero or cancel out; select fewer.")
    direction: NDArray[np.float32] = (mean / length).astype(np.float32)
    return direction


def cosines_with(values: NDArray[np.float32], direction: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the cosine of each profile (N, D) with a unit vector (D,); 0 for a profile that is zero. Shape (N,)."""
    cosines = np.empty(len(values), dtype=np.float32)
    step = max(1, BLOCK_BYTES // max(1, values.shape[1] * values.itemsize))
    for begin in range(0, len(values), step):
        block = values[begin : begin + step]
        squares = np.einsum("ij,ij->i", block, block)
        cosines[begin : begin + step] = block @ direction / np.sqrt(np.where(squares > 0, squares, 1))
    return np.clip(cosines, -1, 1, out=cosines)
