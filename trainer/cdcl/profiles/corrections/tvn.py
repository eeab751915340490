"""Typical variation normalisation (Ando et al. 2017): whitening on controls, then each batch's covariance aligned.

Features are first divided by the references' standard deviation, so that the ridge means the same for each. The
alignment is CORAL (Sun et al. 2016): with second moments C_b of the whitened references of batch b and C of all,
x (C_b + I)^-1/2 (C + I)^1/2. Whitened values have unit scale, and the ridge of 1 is that of the published code.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.corrections.method import Learned, Method
from cdcl.profiles.corrections.stored import recall, store
from cdcl.profiles.corrections.whitening import rank_note, whitener
from cdcl.profiles.scaling import mean_and_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

ALIGNMENT_RIDGE = 1.0
"""Added to the diagonal of the covariances that are aligned, as in CORAL (Sun et al. 2016, algorithm 1)."""


def _fit(sample: Sample, settings: Settings) -> Learned:
    chosen = sample.values[sample.learning]
    mean, scale = mean_and_scale(chosen)
    axes, gains, rank = whitener((chosen - mean) / scale, settings.shrinkage)
    notes = rank_note(len(chosen), len(mean), rank, settings.shrinkage)
    return Learned({"mean": mean, "scale": scale, "axes": axes, "gains": gains}, notes)


def _fit_aligned(sample: Sample, settings: Settings) -> Learned:
    learned = _fit(sample, settings)
    whitened = replace(sample, values=_apply(learned.arrays, sample, settings)).learned()
    target = whitened.values.T @ whitened.values / len(whitened.values)
    stored = store(whitened, _aligners(whitened, target))
    return Learned({**learned.arrays, "target": target, **stored}, learned.notes)


def _apply(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    mean, scale, axes, gains = (
        np.asarray(arrays[name], dtype=np.float64) for name in ("mean", "scale", "axes", "gains")
    )
    return ((sample.values - mean) / scale) @ (axes * gains)


def _apply_aligned(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    whitened = replace(sample, values=_apply(arrays, sample, settings))
    target = np.asarray(arrays["target"], dtype=np.float64)
    aligners = recall(arrays, whitened, partial(_aligners, target=target))["group_aligner"]
    aligned = np.empty_like(whitened.values)
    for aligner, rows in zip(aligners, sample.rows(), strict=True):
        aligned[rows] = whitened.values[rows] @ aligner
    return aligned


def _aligners(whitened: Sample, target: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Give the matrix (D, D) that aligns each batch's second moments to the target's."""
    to_target, aligners = _power(target, 0.5), []
    for rows in whitened.rows(reference=True):
        controls = whitened.values[rows]
        aligners.append(_power(controls.T @ controls / len(controls), -0.5) @ to_target)
    return {"group_aligner": np.stack(aligners)}


def _power(moments: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Raise second moments (D, D) with the ridge on their diagonal to a power."""
    eigenvalues, axes = np.linalg.eigh(moments)
    return np.asarray((axes * (np.maximum(eigenvalues, 0) + ALIGNMENT_RIDGE) ** exponent) @ axes.T)


TVN = Method("TVN", "", _fit, _apply, axes="tvn")
"""Whitening of features in units of the controls' deviation."""

TVN_CORAL = Method("TVN with CORAL", "batch", _fit_aligned, _apply_aligned, axes="tvn")
"""TVN, then each batch's covariance aligned to that of all."""
