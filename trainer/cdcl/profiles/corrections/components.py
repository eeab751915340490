"""Principal components of the references, not whitened: fewer features, in the units they had."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample


def principal_components(most: int) -> Method:
    """Make the step that keeps at most so many components, by falling variance."""
    return Method(f"{most} principal components", "", partial(_fit, most), _apply, axes="pc")


def _fit(most: int, sample: Sample, settings: Settings) -> Learned:
    del settings
    chosen = sample.values[sample.learning]
    mean = chosen.mean(axis=0)
    _, spread, axes = np.linalg.svd(chosen - mean, full_matrices=False)
    rank = int((spread > spread[:1] * np.finfo(np.float64).eps * max(chosen.shape)).sum())
    kept = max(1, min(most, rank))
    # The sign of an axis is free; the largest loading is made positive, so that equal data give equal features.
    signs = np.sign(axes[np.arange(kept), np.abs(axes[:kept]).argmax(axis=1)])
    notes = () if rank >= most else (f"only {rank} components vary among the references; {kept} are kept.",)
    return Learned({"mean": mean, "axes": axes[:kept] * np.where(signs == 0, 1, signs)[:, None]}, notes)


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    mean, axes = (np.asarray(arrays[name], dtype=np.float64) for name in ("mean", "axes"))
    return np.asarray((sample.values - mean) @ axes.T)
