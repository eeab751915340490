"""Plate-wise z-scores: the plainest correction, and a hard one to beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method, Settings
from cdcl.profiles.corrections.sample import draw_sample
from cdcl.profiles.corrections.spread import choose, few_references, means, own_deviations, pooled_deviation
from cdcl.profiles.corrections.stored import recall, store

if TYPE_CHECKING:
    from collections.abc import Callable

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
    values = Z_SCORE.apply(Z_SCORE.fit(sample, settings).arrays, sample, settings)
    return profiles.with_values(values, correction=f"plate z-score, reference {reference}")


@dataclass(frozen=True)
class Statistics:
    """How centre and spread of references are taken.

    Attributes
    ----------
    centre
        Of each group's references, (G, D).
    own
        Spread of each group's references about these centres, (G, D).
    pooled
        Spread of all learning references about their own group's centre, (D,).
    """

    centre: Callable[[Sample], NDArray[np.float64]]
    own: Callable[[Sample, NDArray[np.float64]], NDArray[np.float64]]
    pooled: Callable[[Sample, NDArray[np.float64]], NDArray[np.float64]]


def standardising(title: str, statistics: Statistics, by: str = "plate") -> Method:
    """Make the correction that centres each plate or batch on its references and divides by their spread."""
    return Method(title, by, partial(_fit, statistics), partial(_apply, statistics))


def _numbers(sample: Sample, statistics: Statistics, pooled: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give centre and scale of each plate by its own references."""
    centres = statistics.centre(sample)
    scales = choose(sample, statistics.own(sample, centres), pooled, centres)
    return {"group_centre": centres, "group_scale": scales}


def _fit(statistics: Statistics, sample: Sample, settings: Settings) -> Learned:
    del settings
    learned = sample.learned()
    pooled = statistics.pooled(learned, statistics.centre(learned))
    stored = store(learned, _numbers(learned, statistics, pooled))
    return Learned({"scale": pooled, **stored}, few_references(sample))


def _apply(statistics: Statistics, arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    pooled = np.asarray(arrays["scale"], dtype=np.float64)
    numbers = recall(arrays, sample, partial(_numbers, statistics=statistics, pooled=pooled))
    centre, scale = (numbers[name][sample.groups] for name in ("group_centre", "group_scale"))
    return np.asarray((sample.values - centre) / scale)


Z_SCORE = standardising("Plate z-scores", Statistics(means, own_deviations, pooled_deviation))
"""Mean and standard deviation of the references of each plate, and the pooled deviation, are stored."""

BATCH_Z = standardising("Batch z-scores", Statistics(means, own_deviations, pooled_deviation), by="batch")
"""The same for batches as wholes, as EFAAR's pipelines do after PCA."""
