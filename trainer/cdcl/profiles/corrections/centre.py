"""Centring: subtract from each plate the mean of its references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample


def _fit(sample: Sample, settings: Settings) -> Learned:
    del sample, settings
    return Learned({})


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del arrays, settings
    return np.asarray(sample.values - means(sample)[sample.groups])


CENTRE = Method("Plates centred", "plate", _fit, _apply)
"""Nothing is learned: each plate brings the references it is centred on."""
