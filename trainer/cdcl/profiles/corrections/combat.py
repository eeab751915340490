"""ComBat (Johnson et al. 2007): location and scale of each batch, shrunk towards what its features have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

_MOST_ROUNDS = 200
_CONVERGED = 1e-6


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    _check(sample)
    groups = sample.groups[sample.learning]
    values = sample.values[sample.learning]
    residuals = values - means(sample)[groups]
    # The grand mean weighs batches by their size: that is the mean over profiles.
    return Learned({"mean": values.mean(axis=0), "scale": np.sqrt((residuals**2).mean(axis=0))})


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    _check(sample, fewest_batches=1)
    mean, scale = (np.asarray(arrays[name], dtype=np.float64) for name in ("mean", "scale"))
    constant = scale <= 1e-7 * np.abs(mean)
    standard = (sample.values - mean) / np.where(constant, np.inf, scale)
    varying = standard[:, ~constant]
    for group in range(len(sample.names)):
        own = sample.groups == group
        shift, variance = shrink_batch(varying[own & sample.reference])
        varying[own] = (varying[own] - shift) / np.sqrt(variance)
    standard[:, ~constant] = varying
    return np.asarray(standard * scale + mean)


def shrink_batch(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give shift and variance (D,) of a batch's standardised references (n, D), by parametric empirical Bayes.

    The shifts have a normal prior, the variances an inverse gamma prior, both with the moments found over the features;
    the two posterior means are iterated to agreement (Johnson et al. 2007, section 3.2).
    """
    count = len(values)
    shifts, variances = values.mean(axis=0), values.var(axis=0, ddof=1)
    centre, width = shifts.mean(), shifts.var()
    mean, spread = variances.mean(), variances.var(ddof=1) if len(variances) > 1 else 0.0
    if spread <= 0 or width <= 0:
        return shifts, np.maximum(variances, np.finfo(np.float64).tiny)
    shape, rate = 2 + mean**2 / spread, mean + mean**3 / spread
    squares, shift, variance = (values**2).sum(axis=0), shifts, variances
    for _ in range(_MOST_ROUNDS):
        before = shift, variance
        shift = (width * count * shifts + variance * centre) / (width * count + variance)
        away = squares - 2 * shift * count * shifts + count * shift**2
        variance = (away / 2 + rate) / (count / 2 + shape - 1)
        if max(np.abs(shift - before[0]).max(), np.abs(variance - before[1]).max()) < _CONVERGED:
            break
    return shift, variance


def _check(sample: Sample, fewest_batches: int = 2) -> None:
    if len(sample.names) < fewest_batches:
        raise ProfilesError(f"ComBat needs two or more batches, there is one ({sample.names[0]}).")
    alone = [name for name, count in zip(sample.names, sample.counts(), strict=True) if count < 2]
    if alone:
        raise ProfilesError(f"ComBat needs two or more references a batch; {', '.join(alone[:5])} has one.")


COMBAT = Method("ComBat", "batch", _fit, _apply)
"""Grand mean and pooled deviation are stored; a new batch is shrunk by its own references."""
