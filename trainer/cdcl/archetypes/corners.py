"""Where archetypes and their mixtures lie in a drawing: a polygon with an archetype at each corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def polygon(archetypes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Place archetypes (k, D) on the unit circle, evenly and from the top clockwise, neighbours beside each other.

    Their order round the circle is that of their angles in the plane of their largest spread. Two make a line.

    Returns
    -------
    corners
        Shape (k, 2).
    """
    centred = archetypes.astype(np.float64) - archetypes.mean(axis=0, dtype=np.float64)
    left, sizes, _axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(centred), 2))
    plane[:, : len(sizes)] = (left * sizes)[:, :2]
    angles = np.arctan2(plane[:, 1], plane[:, 0])
    # The first archetype at the top; signs of singular vectors mean nothing, and neither does where the circle begins.
    places = np.argsort(np.argsort((angles - angles[0]) % (2 * np.pi), kind="stable"), kind="stable")
    turns = 2 * np.pi * places / len(places)
    return np.stack([np.sin(turns), np.cos(turns)], axis=1)


def mixed(weights: NDArray[np.floating], corners: NDArray[np.float64]) -> NDArray[np.float32]:
    """Place mixtures between the corners of their archetypes: the weighted mean of the corners.

    Parameters
    ----------
    weights
        (N, k); rows sum to 1.
    corners
        (k, 2), as from `polygon`.

    Returns
    -------
    points
        Shape (N, 2), within the polygon.
    """
    points: NDArray[np.float32] = (weights @ corners).astype(np.float32)
    return points
