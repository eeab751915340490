"""Robust z-scores: median and median absolute deviation of each plate's references."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import choose, few_references, medians, own_mads, pooled_mad
from cdcl.profiles.corrections.stored import recall, store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample


def _numbers(sample: Sample, pooled: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give centre and scale of each plate by its own references."""
    centres = medians(sample)
    return {"group_centre": centres, "group_scale": choose(sample, own_mads(sample, centres), pooled, centres)}


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    learned = sample.learned()
    pooled = pooled_mad(learned, medians(learned))
    return Learned({"scale": pooled, **store(learned, _numbers(learned, pooled))}, few_references(sample))


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    numbers = recall(arrays, sample, partial(_numbers, pooled=np.asarray(arrays["scale"], dtype=np.float64)))
    centre, scale = (numbers[name][sample.groups] for name in ("group_centre", "group_scale"))
    return np.asarray((sample.values - centre) / scale)


ROBUST_Z = Method("Plate robust z-scores", "plate", _fit, _apply)
"""As pycytominer's `mad_robustize` on each plate, but with a pooled scale where a plate has few references."""
