"""Plate-wise z-scores: the plainest correction, and a hard one to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.groups import sums_by
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.profiles import Profiles

FEWEST_REFERENCES = 16
"""Below so many reference profiles a plate, its own standard deviation is too noisy to divide by."""


def standardise_plates(profiles: Profiles, *, reference: Literal["all", "controls"] = "all") -> Profiles:
    """Centre each plate on its reference profiles and divide by their standard deviation.

    A plate with fewer than 16 reference profiles is centred on its own mean but divided by the standard deviation
    pooled over all plates (within plates, weighted by their degrees of freedom). A feature without spread becomes 0.

    Parameters
    ----------
    reference
        "all" takes every profile of the plate: right for layouts at random with mostly inactive treatments.
        "controls" takes those whose `control` is "negative".

    Raises
    ------
    ProfilesError
        If a plate has no reference profile.
    """
    profiles.column("plate")
    names, plates = np.unique(plate_keys(profiles.table).to_numpy(dtype=str), return_inverse=True)
    rows = _reference_rows(profiles, reference)
    counts = np.bincount(plates[rows], minlength=len(names))
    if (counts == 0).any():
        named = ", ".join(names[counts == 0][:5])
        raise ProfilesError(f"{(counts == 0).sum()} plates have no negative controls ({named}); use reference='all'.")
    values = profiles.values.astype(np.float64)
    means, scales = _moments(values[rows], plates[rows], counts)
    corrected = (values - means[plates]) / scales[plates]
    return profiles.with_values(corrected, correction=f"plate z-score, reference {reference}")


def _reference_rows(profiles: Profiles, reference: str) -> NDArray[np.int64]:
    if reference == "all":
        return np.arange(len(profiles))
    return np.flatnonzero(
        (profiles.column("control").astype("string") == "negative").fillna(False).to_numpy(dtype=bool)
    )


def _moments(
    values: NDArray[np.float64], plates: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and scale of each plate and feature, (plates, D) each."""
    means = sums_by(values, plates) / counts[:, None]
    squares = sums_by((values - means[plates]) ** 2, plates)
    pooled = np.sqrt(squares.sum(axis=0) / max(1, counts.sum() - len(counts)))
    own = np.sqrt(squares / np.maximum(1, counts - 1)[:, None])
    scales = np.where(counts[:, None] < FEWEST_REFERENCES, pooled, own)
    # What is left of a constant feature after float32 is rounding, not spread.
    constant = scales <= 1e-7 * np.abs(means)
    return means, np.where(constant, np.inf, scales)
