"""Where a map lies: neighbours among the profiles that it has torn apart, and neighbours on it that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.floating]

NEIGHBOURS = 15
"""Neighbours that are compared at least: what UMAP itself holds together."""
SHARE = 0.02
"""Of many profiles, every fiftieth is a neighbour: finer order on a map of thousands cannot be seen."""
MOST, FEWEST = 2_000, 500
"""Profiles among which neighbours are looked for; a random sample, where there are more."""
PAIRS = 2e8
"""Pairs that are sorted in about a minute; of more profiles, fewer references are drawn, down to `FEWEST`."""
BLOCK = 1_000
"""Profiles that are compared at a time: 1,000 x 2,000 distances and their order take 64 MB."""


def map_faithfulness(values: Array, points: Array, *, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compare each profile's neighbours, by cosine, with its neighbours on a map.

    The two numbers are one minus continuity and trustworthiness (Venna and Kaski 2001) of each profile by itself.
    Neighbours that were lost, or are false, count by how far beyond the neighbourhood they lie in truth.

    Parameters
    ----------
    values
        Profiles (N, D), finite.
    points
        The map (N, 2); NaN where a profile has no place.
    seed
        Of the sample of profiles among which neighbours are looked for.

    Returns
    -------
    lost
        How far its neighbours among the profiles lie away on the map, (N,), 0 (none is lost) to 1 (all are, and lie at
        the other end).
    false
        How unlike it its neighbours on the map are, (N,), 0 to 1. Both are NaN where a profile has no place.

    Raises
    ------
    ProfilesError
        If fewer than four profiles have a place on the map.
    """
    placed = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(placed) < 4:
        raise ProfilesError(f"{len(placed)} profiles lie on this map; neighbours can be compared of 4 or more.")
    references = _references(placed, seed)
    count = _neighbours(len(references))
    worst = count * (2 * (len(references) - 1) - 3 * count - 1) / 2  # all neighbours at the other end
    found = np.full((2, len(points)), np.nan, dtype=np.float32)
    units, own = unit(values, np.float32), np.asarray(points, dtype=np.float32)
    for begin in range(0, len(placed), BLOCK):
        rows = placed[begin : begin + BLOCK]
        itself = rows[:, None] == references
        near = _ranks(-units[rows] @ units[references].T, itself)
        away = ((own[rows][:, None] - own[references]) ** 2).sum(axis=2)
        drawn = _ranks(away, itself)
        for number, (here, there) in enumerate(((near, drawn), (drawn, near))):
            beyond = np.where(here < count, np.maximum(there - count + 1, 0), 0).sum(axis=1)
            found[number, rows] = np.clip(beyond / max(worst, 1.0), 0, 1)
    return found[0], found[1]


def _neighbours(references: int) -> int:
    """Say how many neighbours are compared; more than a third of all would be no neighbourhood."""
    return max(1, min(max(NEIGHBOURS, round(SHARE * references)), (references - 1) // 3))


def _references(placed: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    most = int(np.clip(PAIRS / len(placed), FEWEST, MOST))
    if len(placed) <= most:
        return placed
    return np.sort(np.random.default_rng(seed).choice(placed, most, replace=False))


def _ranks(distances: Array, itself: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give each reference's rank, the nearest 0; a profile itself comes last."""
    order = np.where(itself, np.inf, distances).argsort(axis=1, kind="stable")
    ranks = np.empty(distances.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(distances.shape[1], dtype=np.int32)[None], axis=1)
    return ranks
