"""Plate-wise z-scores: the plainest correction, and a hard one to beat."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method, Settings
from cdcl.profiles.corrections.sample import draw_sample
from cdcl.profiles.corrections.spread import choose, few_references, means, own_deviations, pooled_deviation
from cdcl.profiles.corrections.stored import recall, store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays
    from cdcl.profiles.corrections.sample import Sample
    from cdcl.profiles.profiles import Profiles


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
        If a plate has no reference profile, or they are treatment profiles.
    """
    sample = draw_sample(profiles, "plate", reference)
    sample = replace(sample, learning=sample.reference)
    settings = Settings(reference=reference)
    values = _apply(_fit(sample, settings).arrays, sample, settings)
    return profiles.with_values(values, correction=f"plate z-score, reference {reference}")


def _numbers(sample: Sample, pooled: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give centre and scale of each plate by its own references."""
    centres = means(sample)
    return {"group_centre": centres, "group_scale": choose(sample, own_deviations(sample, centres), pooled, centres)}


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    learned = sample.learned()
    pooled = pooled_deviation(learned, means(learned))
    return Learned({"scale": pooled, **store(learned, _numbers(learned, pooled))}, few_references(sample))


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    numbers = recall(arrays, sample, partial(_numbers, pooled=np.asarray(arrays["scale"], dtype=np.float64)))
    centre, scale = (numbers[name][sample.groups] for name in ("group_centre", "group_scale"))
    return np.asarray((sample.values - centre) / scale)


Z_SCORE = Method("Plate z-scores", "plate", _fit, _apply)
"""Mean and standard deviation of the references of each plate, and the pooled deviation, are stored."""
