"""The space in which archetypes are sought: profiles free of their plate, in few dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles import standardise_plates
from cdcl.profiles.scaling import z_scores
from cdcl.screen.controls import negative_controls
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles

MOST_COMPONENTS = 30
"""Principal components that are kept at most."""

Scale = Literal["auto", "controls", "plates", "all", "none"]
SCALES: tuple[Scale, ...] = ("auto", "controls", "plates", "all", "none")


@dataclass(frozen=True)
class Components:
    """Principal components of profiles.

    Attributes
    ----------
    scores
        Shape (N, d) with d <= 30, zero-mean over the rows they were fitted on.
    share
        Of the variance of those rows.
    """

    scores: NDArray[np.float64]
    share: float


def scaled(profiles: Profiles, scale: Scale = "auto") -> Profiles:
    """Bring features, and plates, to one scale; what was done stands in the provenance, under `scale`.

    Parameters
    ----------
    scale
        "controls" or "plates": z-scores by the negative controls, or by all profiles, of each plate; "all": z-scores
        over all plates at once; "none": profiles as they are. "auto" takes the first of these that the table allows;
        for profiles of treatments, which lie on several plates, "all", and for profiles that `cdcl correct` corrected,
        "none".

    Raises
    ------
    ProfilesError
        If a plate has no negative controls, or no plates are known, where they are asked for.
    """
    chosen = _allowed(profiles) if scale == "auto" else scale
    if chosen == "none":
        return profiles.with_values(profiles.values, scale="as they are")
    if chosen == "all":
        return profiles.with_values(z_scores(profiles.values), scale="z-scores over all profiles")
    found = standardise_plates(profiles, reference="controls" if chosen == "controls" else "all")
    whose = "the negative controls" if chosen == "controls" else "all profiles"
    return found.with_values(found.values, scale=f"z-scores by {whose} of each plate")


def principal(values: NDArray[np.float32], fitted: NDArray[np.int64]) -> Components:
    """Give the scores of values (N, D) on the principal components of the rows `fitted`.

    Raises
    ------
    ProfilesError
        If those rows are all equal.
    """
    exact = values.astype(np.float64)
    centred = exact - exact[fitted].mean(axis=0)
    sample = centred[fitted]
    if sample.shape[1] <= len(sample):
        variances, axes = np.linalg.eigh(sample.T @ sample)
        variances, axes = variances[::-1], axes[:, ::-1]
    else:
        sizes, rows = np.linalg.svd(sample, full_matrices=False)[1:]
        variances, axes = sizes**2, rows.T
    kept = min(MOST_COMPONENTS, int((variances > 1e-10 * max(variances[0], 0.0)).sum()))
    if variances[0] <= 0 or kept == 0:
        raise ProfilesError(f"all {len(fitted)} profiles are equal: there is nothing that archetypes could explain.")
    share = float(variances[:kept].sum() / variances[variances > 0].sum())
    return Components(centred @ axes[:, :kept], share)


def _allowed(profiles: Profiles) -> Scale:
    table = profiles.table
    if "correction" in profiles.provenance:
        return "none"
    if profiles.level == "treatment" or "plate" not in table:
        return "all"
    plates = plate_keys(table)
    return "controls" if set(plates[negative_controls(table)]) == set(plates) else "plates"
