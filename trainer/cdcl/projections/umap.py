"""UMAP: a map that keeps neighbours near each other."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.tasks import Task

NEIGHBOURS = 15
"""Default of umap-learn (McInnes et al. 2018)."""
METRIC = "cosine"
MIN_DIST = 0.1
"""Default of umap-learn: how close points may lie in the picture."""

FITTED = 50_000
"""Of more profiles than these the map is fitted on so many, and the others are placed on it."""

PLACED = 10_000
"""So many are placed at a time."""


def umap(values: NDArray[np.float32], seed: int = 0) -> Task[tuple[NDArray[np.float32], dict[str, object]]]:
    """Project (N, D) with UMAP (McInnes et al. 2018): 15 neighbours by cosine; the same seed gives the same map.

    Of more than 50,000 profiles a random sample of 50,000 makes the map; each other one is placed by its nearest
    neighbours among them. What is rare may then lie with what it resembles, not by itself.

    Returns
    -------
    points
        Shape (N, 2).
    parameters
        `n_neighbors`, `min_dist`, `metric`, `fitted_on`: how many profiles the map was made of.

    Raises
    ------
    ProfilesError
        If there are fewer than four profiles.
    """
    if len(values) < 4:
        raise ProfilesError(f"UMAP needs at least 4 profiles, there are {len(values)}; use method='pca'.")
    yield Said("umap is compiling; the first map of a session takes half a minute longer")
    from umap import UMAP  # takes seconds, so only when it is asked for

    neighbours = min(NEIGHBOURS, len(values) - 1)
    start = "spectral" if len(values) > 10 else "random"
    with warnings.catch_warnings():
        # A fixed seed makes it run on one thread, and it says so each time.
        warnings.filterwarnings("ignore", message="n_jobs value", category=UserWarning)
        mapper = UMAP(n_neighbors=neighbours, min_dist=MIN_DIST, metric=METRIC, random_state=seed, init=start)
        sample = _sample(len(values), seed)
        if len(sample) < len(values):
            yield Said(f"the map is fitted on {len(sample):,} of {len(values):,} profiles; the others are placed on it")
        points = np.empty((len(values), 2), dtype=np.float32)
        points[sample] = mapper.fit_transform(values[sample])
        yield from _place(mapper, values, points, np.setdiff1d(np.arange(len(values)), sample))
    own = {"n_neighbors": neighbours, "min_dist": MIN_DIST, "metric": METRIC, "fitted_on": len(sample)}
    return points, own


def _sample(count: int, seed: int) -> NDArray[np.int64]:
    """Draw the profiles that make the map, in the order of the table."""
    if count <= FITTED:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, FITTED, replace=False))


def _place(
    mapper: Any, values: NDArray[np.float32], points: NDArray[np.float32], rest: NDArray[np.int64]
) -> Task[None]:
    """Place the profiles at `rest` on the map, a block at a time."""
    if not len(rest):
        return
    yield Began("placing profiles on the map", total=len(rest), unit="profile")
    for start in range(0, len(rest), PLACED):
        block = rest[start : start + PLACED]
        points[block] = mapper.transform(values[block])
        yield Advanced(start + len(block))
    yield Ended()
