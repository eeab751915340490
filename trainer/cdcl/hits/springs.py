"""Places of a network's points, by springs along its lines; the same each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 300
"""Steps of the springs: places move by less than a hundredth of the picture at the end."""


def spring_layout(num: int, ends: NDArray[np.int64], seed: int = 0) -> NDArray[np.float64]:
    """Place points so that lines are short and points apart (Fruchterman & Reingold 1991), (num, 2) in 0..1.

    Parameters
    ----------
    num
        Of points.
    ends
        (E, 2) the two points of each line.
    """
    angles = 2 * np.pi * np.arange(num) / num
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1) + np.random.default_rng(seed).normal(0, 0.01, (num, 2))
    rest = 1.5 / np.sqrt(num)
    degrees = np.bincount(ends.ravel(), minlength=num)
    soft = 2 / np.sqrt(degrees[ends[:, 0]] * degrees[ends[:, 1]])  # or the many lines of a family would heap it up
    for step in range(ROUNDS):
        apart = places[:, None] - places
        squared = np.maximum((apart**2).sum(axis=2), 1e-6)
        force = (apart * (rest**2 / squared)[:, :, None]).sum(axis=1)
        drawn = places[ends[:, 0]] - places[ends[:, 1]]
        pull = drawn * (soft * np.linalg.norm(drawn, axis=1) / rest)[:, None]
        np.add.at(force, ends[:, 0], -pull)
        np.add.at(force, ends[:, 1], pull)
        force -= 0.3 * places  # parts that no line holds must not drift away
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        places += force / length * np.minimum(length, 0.2 * (1 - step / ROUNDS))
    places -= places.min(axis=0)
    return np.asarray(places / np.maximum(places.max(axis=0), 1e-9))
