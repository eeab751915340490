"""Archetypes as the corners of a polygon, and every profile where its mixture lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.archetypes.choosing import choose, fit
from cdcl.archetypes.corners import mixed, polygon
from cdcl.archetypes.space import principal
from cdcl.errors import ProfilesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.archetypes import Analysis
    from cdcl.tasks import Task


def archetypes(values: NDArray[np.float32], seed: int = 0) -> Task[tuple[NDArray[np.float32], dict[str, object]]]:
    """Project (N, D) on the polygon of its archetypes, whose number follows from the values.

    Values are taken as they are: `cdcl archetypes` first corrects plates, and draws the same kind of picture.

    Returns
    -------
    points
        Shape (N, 2), inside the polygon with corners on the unit circle; with more than three archetypes different
        mixtures can fall on one point.
    parameters
        `archetypes`, `explained_variance`, `corners`.

    Raises
    ------
    ProfilesError
        If there are fewer than three profiles, or all are equal.
    """
    if len(values) < 3:
        raise ProfilesError(f"archetypes need at least 3 profiles, there are {len(values)}; use method='pca'.")
    scores = principal(values, np.arange(len(values))).scores
    choice = yield from choose(scores, seed)
    hull = yield from fit(scores, choice.num, seed)
    return _drawn(hull.weights, hull.corners, hull.explained)


def drawn(analysis: Analysis) -> tuple[NDArray[np.float32], dict[str, object]]:
    """Draw an analysis that is there: points (N, 2) and parameters, as `archetypes` gives them."""
    return _drawn(analysis.weights, analysis.archetypes, analysis.explained)


def _drawn(
    weights: NDArray[np.float64], found: NDArray[np.float64], explained: float
) -> tuple[NDArray[np.float32], dict[str, object]]:
    corners = polygon(found)
    parameters: dict[str, object] = {
        "archetypes": len(found),
        "explained_variance": round(explained, 6),
        "corners": corners.round(6).tolist(),
    }
    return mixed(weights, corners), parameters
