"""Centring: subtract from each plate the mean of its references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import means
from cdcl.profiles.corrections.stored import recall, store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample


def _numbers(sample: Sample) -> dict[str, NDArray[np.float64]]:
    return {"group_centre": means(sample)}


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    return Learned(store(sample.learned(), _numbers(sample.learned())))


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    return np.asarray(sample.values - recall(arrays, sample, _numbers)["group_centre"][sample.groups])


CENTRE = Method("Plates centred", "plate", _fit, _apply)
"""The means of plates that it was fitted on are stored; another plate brings the references it is centred on."""
