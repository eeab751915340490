"""The sample that a run embeds while it trains, as something to look at. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import CDCLError
from cdcl.tasks import finish

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items

POINTS = "pca"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The sample after some steps.

    Attributes
    ----------
    points
        (N, 2), principal components, turned so that they follow those of the snapshot before.
    """

    run: Run
    step: int
    profiles: Profiles
    points: NDArray[np.float32]

    def to_items(self, screen: Screen | None) -> Items:
        """Make it something to explore."""
        from napari_cdcl.models.items import Items

        title = f"sample of {self.run.folder.name}, as it trains"
        items = Items.of_profiles(self.profiles, screen, {POINTS: self.points}, title)
        return replace(items, axes={POINTS: ("PC 1", "PC 2")})


def read_snapshot(run: Run, step: int, before: Snapshot | None = None) -> Snapshot | None:
    """Read a snapshot and put it on a plane; None where the file is gone or damaged. It may run in any thread."""
    from cdcl.profiles import read_profiles  # takes a second, which opening a panel does without
    from cdcl.projections.pca import pca

    try:
        profiles = read_profiles(run.snapshot(step))
    except (CDCLError, OSError):
        return None
    points, _ = finish(pca(profiles.values))
    points = unit_spread(points)
    if before is not None and len(before.points) == len(points):
        points = turn_towards(points, before.points)
    return Snapshot(run, step, profiles, points)


def unit_spread(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale points (N, 2) about their mean to a spread of one, so that one looks at shapes and not at growth."""
    centred = points - points.mean(axis=0)
    spread = float(np.sqrt(np.square(centred).sum(axis=1).mean()))
    scaled: NDArray[np.float32] = (centred / (spread or 1.0)).astype(np.float32)
    return scaled


def turn_towards(points: NDArray[np.float32], goal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn or mirror points (N, 2) about the origin, as near to `goal` as can be (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(points.T.astype(np.float64) @ goal)
    turned: NDArray[np.float32] = (points @ (left @ right)).astype(np.float32)
    return turned
