"""The axis between two groups of profiles: where each stands on it, and how far the groups are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.scaling import usable_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FOLDS = 5
"""Parts of the wells: an axis is learned from four and asks the fifth, as is usual."""

SHRINKAGE = 0.1
"""Ridge of the within-group covariance in mean eigenvalues: as for hits, safe for few profiles."""

DRAWS = 500
"""Draws of wells for an interval: its ends are then known to a tenth of its width."""

FEWEST = 3
"""Profiles a group needs: two have one difference, which is no spread."""


@dataclass(frozen=True)
class Axis:
    """The axis from one group (0) to another (1).

    Attributes
    ----------
    direction
        (D,) weights of the features; the position of a profile x is its product with x, shifted by its plate.
    positions
        (n,) of the profiles of both groups, each by an axis that its well did not help to learn; 0 and 1 are the
        groups' means.
    apart
        How often a profile of one group stands before one of the other, 0.5 for no difference, and its 95 % interval
        over wells.
    held_out
        Whether positions are held out; not, where a group has a single well.
    """

    direction: Array
    positions: Array
    apart: tuple[float, float, float]
    held_out: bool


def fit_axis(
    values: Array, ones: NDArray[np.bool_], wells: NDArray[np.int64], *, seed: int = 0, nouns: str = "fields"
) -> Axis:
    """Learn the direction that parts two groups: the difference of means over the spread within (Fisher 1936).

    Parameters
    ----------
    values
        (n, D) profiles of both groups, shifted so that plates agree.
    ones
        (n,) which are of the second group.
    wells
        (n,) numbers of their wells.
    nouns
        What the profiles are of, for refusals.

    Raises
    ------
    ProfilesError
        If a group has fewer than `FEWEST` profiles, or the groups do not differ in any feature.
    """
    fewest = int(min(ones.sum(), (~ones).sum()))
    if fewest < FEWEST:
        raise ProfilesError(f"one of the two groups has {fewest} {nouns}; {FEWEST} or more are needed to compare them.")
    folds = _folds(ones, wells)
    whole = _direction(values, ones)
    positions = np.empty(len(values))
    for fold in range(int(folds.max()) + 1):
        asked = folds == fold
        learned = ~asked if folds.max() else asked
        positions[asked] = _placed(values, ones, learned, _direction(values[learned], ones[learned]))[asked]
    return Axis(whole, positions, _apart(positions, ones, wells, seed), bool(folds.max()))


def _folds(ones: NDArray[np.bool_], wells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Part the wells of each group into folds, so that each fold leaves both to learn from; all 0 where none can."""
    folds = np.zeros(len(wells), dtype=np.int64)
    for group in (ones, ~ones):
        own = np.unique(wells[group])
        if len(own) < 2:
            return np.zeros(len(wells), dtype=np.int64)
        folds[group] = np.searchsorted(own, wells[group]) % min(FOLDS, len(own))
    return np.asarray(np.unique(folds, return_inverse=True)[1], dtype=np.int64)


def _direction(values: Array, ones: NDArray[np.bool_]) -> Array:
    within = values - np.where(ones[:, None], values[ones].mean(axis=0), values[~ones].mean(axis=0))
    scale = usable_scale(within.std(axis=0), np.abs(values).max(axis=0, initial=0.0))
    scaled, shift = within / scale, (values[ones].mean(axis=0) - values[~ones].mean(axis=0)) / scale
    if not np.isfinite(shift).all() or not np.abs(shift).max(initial=0.0) > 0:
        raise ProfilesError("the two groups have the same profiles: there is no axis between them.")
    # With n below D, the inverse is had from the n x n side (Woodbury).
    ridge = SHRINKAGE * max(float((scaled**2).mean()), np.finfo(np.float64).tiny)
    gram = scaled @ scaled.T / len(scaled) + ridge * np.eye(len(scaled))
    solved = (shift - scaled.T @ np.linalg.solve(gram, scaled @ shift) / len(scaled)) / ridge
    return np.asarray(solved / scale)


def _placed(values: Array, ones: NDArray[np.bool_], learned: NDArray[np.bool_], direction: Array) -> Array:
    along = values @ direction
    low, high = along[learned & ~ones].mean(), along[learned & ones].mean()
    return np.asarray((along - low) / (high - low if high != low else 1.0))


def _apart(
    positions: Array, ones: NDArray[np.bool_], wells: NDArray[np.int64], seed: int
) -> tuple[float, float, float]:
    """Give the area under the curve, and its interval over draws of wells."""
    rng = np.random.default_rng([seed, len(positions)])
    rows = {well: np.flatnonzero(wells == well) for well in np.unique(wells).tolist()}
    groups = [np.unique(wells[ones]), np.unique(wells[~ones])]
    drawn = []
    for _ in range(DRAWS):
        first, second = (np.concatenate([rows[w] for w in rng.choice(own, len(own)).tolist()]) for own in groups)
        drawn.append(_area(positions[first[ones[first]]], positions[second[~ones[second]]]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return _area(positions[ones], positions[~ones]), float(low), float(high)


def _area(high: Array, low: Array) -> float:
    """Give how often one of `high` is above one of `low`, ties half (Mann & Whitney 1947)."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))
