"""ComBat (Johnson et al. 2007): location and scale of each batch, shrunk towards what its features have in common."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.spread import means
from cdcl.profiles.corrections.stored import recall, store
from cdcl.profiles.scaling import usable_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

_MOST_ROUNDS = 200
"""Rounds of the empirical Bayes iteration; tens are usual."""
_CONVERGED = 1e-6
"""Greatest change of a shift or variance that ends the iteration: of standardised values, far below their noise."""


def _fit(sample: Sample, settings: Settings) -> Learned:
    del settings
    _check(sample)
    learned = sample.learned()
    residuals = learned.values - means(learned)[learned.groups]
    # The grand mean weighs batches by their size: that is the mean over profiles.
    whole = {"mean": learned.values.mean(axis=0), "scale": np.sqrt((residuals**2).mean(axis=0))}
    if learned.counts().min() < 2:  # a batch that is held out but for one reference: it brings its own
        learned = learned.part((learned.counts() >= 2)[learned.groups])
    return Learned({**whole, **store(learned, _numbers(learned, whole))})


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    numbers = recall(arrays, sample, partial(_numbers, whole=arrays))
    shift, deviation = (numbers[name][sample.groups] for name in ("group_shift", "group_deviation"))
    standard, mean, scale = _standard(sample, arrays)
    return np.asarray((standard - shift) / deviation * scale + mean)


def _numbers(sample: Sample, whole: Arrays) -> dict[str, NDArray[np.float64]]:
    """Give shift and deviation of each batch, (B, D), by its references; of constant features 0 and 1."""
    _check(sample, fewest_batches=1)
    standard, mean, scale = _standard(sample, whole)
    varying = np.isfinite(usable_scale(scale, mean))
    shift, deviation = np.zeros((len(sample.names), len(mean))), np.ones((len(sample.names), len(mean)))
    for group, rows in enumerate(sample.rows(reference=True)):
        shift[group, varying], variance = shrink_batch(standard[rows][:, varying])
        deviation[group, varying] = np.sqrt(variance)
    return {"group_shift": shift, "group_deviation": deviation}


def _standard(sample: Sample, whole: Arrays) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Standardise values by grand mean and pooled deviation, and give both."""
    mean, scale = (np.asarray(whole[name], dtype=np.float64) for name in ("mean", "scale"))
    return (sample.values - mean) / usable_scale(scale, mean), mean, scale


def shrink_batch(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give shift and variance (D,) of a batch's standardised references (n, D), by parametric empirical Bayes.

    The shifts have a normal prior, the variances an inverse gamma prior, both with the moments found over the features;
    the two posterior means are iterated to agreement (Johnson et al. 2007).
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
"""Grand mean, pooled deviation and each batch's shift are stored; a new batch is shrunk by its own references."""
