"""Feature selection: leave out what does not vary, and what another feature says already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.scaling import mean_and_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

HIGHEST_CORRELATION = 0.9
"""Of two features that correlate more than this one is left out: pycytominer's default."""

KEPT = "kept"
"""The array that holds the numbers of the features that stay."""


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    chosen = sample.values[sample.learning]
    mean, scale = mean_and_scale(chosen)
    standard = (chosen - mean) / scale
    varies = np.flatnonzero(standard.std(axis=0) > 0)
    if not len(varies):
        raise ProfilesError("no feature varies among the profiles that are learned from; nothing is left to select.")
    correlation = np.abs(np.corrcoef(standard[:, varies], rowvar=False)).reshape(len(varies), -1)
    # Those that resemble the others least are kept first, so that of a family of alike features one remains.
    order = np.argsort(correlation.mean(axis=0), kind="stable")
    kept: list[int] = []
    for feature in order.tolist():
        if not kept or correlation[feature, kept].max() <= HIGHEST_CORRELATION:
            kept.append(feature)
    return Learned({KEPT: np.sort(varies[kept])}, (f"{len(kept)} of {chosen.shape[1]} features are kept.",))


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    return np.asarray(sample.values[:, arrays[KEPT]])


SELECTION = Method("Features selected", "", _fit, _apply, of_all=True)
"""By all profiles that may be learned from: what treatments change must not be left out for being constant in DMSO."""
