"""UMAP: a map that keeps neighbours near each other."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.tasks import Task

NEIGHBOURS = 15
METRIC = "cosine"
MIN_DIST = 0.1


def umap(values: NDArray[np.float32], seed: int = 0) -> Task[tuple[NDArray[np.float32], dict[str, object]]]:
    """Project (N, D) with UMAP (McInnes et al. 2018): 15 neighbours by cosine; the same seed gives the same map.

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
        points = np.asarray(mapper.fit_transform(values), dtype=np.float32)
    return points, {"n_neighbors": neighbours, "min_dist": MIN_DIST, "metric": METRIC}
