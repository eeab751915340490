"""Robust z-scores: median and median absolute deviation of each plate's references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import choose, few_references, medians, own_mads, pooled_mad

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    return Learned({"scale": pooled_mad(sample, medians(sample))}, few_references(sample))


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    centres = medians(sample)
    scales = choose(sample, own_mads(sample, centres), np.asarray(arrays["scale"], dtype=np.float64), centres)
    return np.asarray((sample.values - centres[sample.groups]) / scales[sample.groups])


ROBUST_Z = Method("Plate robust z-scores", "plate", _fit, _apply)
"""As pycytominer's `mad_robustize` on each plate, but with a pooled scale where a plate has few references."""
