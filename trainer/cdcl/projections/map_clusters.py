"""Clusters of a map by density, and which of them come again when other wells make the map's points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.tasks import Task

    Points = NDArray[np.float32]
    Codes = NDArray[np.int64]

FITTED = 20_000
"""Of more points so many are clustered, seconds of one core; each other one goes with the nearest of them."""
BOOTSTRAPS = 20
"""A mean Jaccard index of 0.75 that varies by 0.2 from draw to draw is then known to 0.045."""
FEWEST = 5
"""Points of a cluster: below, any few points that lie close are one."""
SHARE = 0.01
"""Of all points, in a cluster at least."""
NEIGHBOURS = 5
"""That say how dense it is around a point; fewer chain clusters that touch (McInnes et al. 2017 say `min_samples`)."""


@dataclass(frozen=True, eq=False)
class MapClusters:
    """Clusters of a map.

    Attributes
    ----------
    labels
        Of each point (N,): 0 for none, else from 1, the largest first.
    stability
        Of cluster 1, 2, ...: the mean Jaccard index with the most similar cluster of each bootstrap, 0 to 1. From 0.75
        it is stable; below 0.6 not to be trusted (Hennig 2007).
    smallest
        Points that a cluster was to have at least.
    """

    labels: Codes
    stability: NDArray[np.float64]
    smallest: int


def cluster_map(points: Points, wells: Codes | None = None, *, smallest: int = 0, seed: int = 0) -> Task[MapClusters]:
    """Find clusters of points by HDBSCAN (Campello et al. 2013), and how stable they are.

    Parameters
    ----------
    points
        A map (N, 2); points that are NaN are in no cluster.
    wells
        Numbers of the wells of the points (N,), which bootstraps draw; else they draw points.
    smallest
        Points of a cluster at least; 0 takes 1 % of all, or five.
    seed
        Of what is drawn.

    Raises
    ------
    ProfilesError
        If there are fewer than ten points, or clusters are to be larger than the map.
    """
    valid = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(valid) < 2 * FEWEST:
        raise ProfilesError(f"clusters need {2 * FEWEST} points at least, there are {len(valid)}.")
    smallest = smallest or max(FEWEST, round(SHARE * len(valid)))
    if not 2 <= smallest <= len(valid):
        raise ProfilesError(
            f"a cluster of {smallest} points at least, on a map of {len(valid)}: say 2 to {len(valid)}."
        )
    rng = np.random.default_rng(seed)
    if len(valid) > FITTED:
        yield Said(f"{FITTED:,} of {len(valid):,} points are clustered; the others go with the nearest of them")
    yield Began("cluster", total=BOOTSTRAPS + 1, unit="map")
    labels = np.zeros(len(points), dtype=np.int64)
    labels[valid] = _by_size(_labels_of(points[valid], smallest, rng))
    yield Advanced(1)
    found = np.zeros((BOOTSTRAPS, int(labels.max(initial=0))))
    for number in range(BOOTSTRAPS):
        drawn = valid[_drawn(len(valid) if wells is None else wells[valid], rng)]
        own = max(2, round(smallest * len(drawn) / len(valid)))
        found[number] = _jaccard(labels[drawn], _labels_of(points[drawn], own, rng), found.shape[1])
        yield Advanced(number + 2)
    yield Ended()
    return MapClusters(labels, np.nanmean(found, axis=0) if found.size else np.zeros(0), smallest)


def _labels_of(points: Points, smallest: int, rng: np.random.Generator) -> Codes:
    """Cluster points, or a sample of them whose neighbours the others join; 0 is none."""
    from sklearn.cluster import HDBSCAN  # takes seconds to import

    sample = np.arange(len(points))
    if len(points) > FITTED:
        sample = np.sort(rng.choice(len(points), FITTED, replace=False))
        smallest = max(2, round(smallest * FITTED / len(points)))
    if len(sample) < max(smallest, 2) or not np.ptp(points[sample], axis=0).any():
        return np.zeros(len(points), dtype=np.int64)
    finder = HDBSCAN(min_cluster_size=smallest, min_samples=min(NEIGHBOURS, len(sample)), copy=True)
    labels = np.asarray(finder.fit_predict(points[sample]), dtype=np.int64) + 1
    if len(sample) == len(points):
        return labels
    from scipy.spatial import cKDTree

    return np.asarray(labels[cKDTree(points[sample]).query(points)[1]])


def _by_size(labels: Codes) -> Codes:
    """Number clusters anew, the largest 1; 0 stays."""
    sizes = np.bincount(labels, minlength=1)[1:]
    places = np.zeros(len(sizes) + 1, dtype=np.int64)
    places[1 + np.argsort(-sizes, kind="stable")] = np.arange(1, len(sizes) + 1)
    return np.asarray(places[labels])


def _drawn(wells: Codes | int, rng: np.random.Generator) -> Codes:
    """Draw wells with replacement, as many as there are, and give the points of those that came, each once."""
    if isinstance(wells, int):
        return np.unique(rng.integers(0, wells, wells))
    kinds = np.unique(wells)
    return np.flatnonzero(np.isin(wells, rng.choice(kinds, len(kinds))))


def _jaccard(ours: Codes, theirs: Codes, num: int) -> NDArray[np.float64]:
    """Give each of our clusters the Jaccard index with the most similar of theirs; NaN where it was not drawn."""
    width = int(theirs.max(initial=0)) + 1
    both = np.bincount(ours * width + theirs, minlength=(num + 1) * width).reshape(num + 1, width).astype(np.float64)
    union = both.sum(axis=1)[:, None] + both.sum(axis=0) - both
    shares = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    best = shares[1:, 1:].max(axis=1, initial=0.0)
    return np.where(both[1:].sum(axis=1) > 0, best, np.nan)
