"""Whitening: directions in which the untreated already vary are shrunk until they vary equally.

With mean m and covariance V diag(e) V' of the references, PCA whitening is (x - m) V diag(e + r)^-1/2, and ZCA
whitening turns that back by V', so that features stay what they were (Kessy et al. 2018). The ridge r is `shrinkage`
times the mean of e: a ridge in absolute numbers means something else for every embedding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.corrections.method import Learned, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.profiles.corrections.method import Arrays, Settings
    from cdcl.profiles.corrections.sample import Sample

_ROUNDING = 1e-10
"""An eigenvalue below this share of the greatest is rounding."""


def principal_axes(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the eigenvalues of the covariance of centred values (N, D), greatest first, (D,), and their axes (D, D)."""
    covariance = values.T @ values / max(1, len(values) - 1)
    eigenvalues, axes = np.linalg.eigh(covariance)
    order = np.argsort(eigenvalues)[::-1]
    # An axis has no sign of its own: its greatest part shall be positive, whatever the library gives.
    axes = axes[:, order]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return np.maximum(eigenvalues[order], 0.0), axes * np.where(signs == 0, 1.0, signs)


def whitener(values: NDArray[np.float64], shrinkage: float) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Give axes (D, D), gains (D,) and the rank of the covariance of centred values (N, D).

    Raises
    ------
    ProfilesError
        If there are fewer than two values, none varies, or the rank is too small for no ridge at all.
    """
    if len(values) < 2:
        raise ProfilesError(f"whitening needs two or more reference profiles, there is {len(values)}.")
    if shrinkage < 0:
        raise ProfilesError(f"the shrinkage is {shrinkage:g}; it is a share of the mean eigenvalue, 0 or more.")
    eigenvalues, axes = principal_axes(values)
    rank = int((eigenvalues > _ROUNDING * eigenvalues[0]).sum())
    if rank == 0:
        raise ProfilesError("the reference profiles are all alike; there is no variation to whiten.")
    if shrinkage == 0 and rank < len(eigenvalues):
        raise ProfilesError(
            f"the references vary in {rank} of {len(eigenvalues)} directions; whitening needs a shrinkage above 0."
        )
    return axes, 1 / np.sqrt(eigenvalues + shrinkage * eigenvalues.mean()), rank


def rank_note(count: int, features: int, rank: int, shrinkage: float) -> tuple[str, ...]:
    """Say that the references cannot know the variation of all features, where they cannot."""
    if rank >= features:
        return ()
    # Centring takes one direction a plate, of two references or more: at most half. What is below that, or has more
    # references than features, is the fault of the features.
    dependent = count > features or 2 * rank < count
    mend = "The features depend on one another; more references would not help" if dependent else "More would be better"
    note = (
        f"{count} references tell the variation in {rank} of {features} directions; in the others only the shrinkage "
        f"of {shrinkage:g} limits the gain. {mend}."
    )
    return (note,)


def _fit(sample: Sample, settings: Settings) -> Learned:
    chosen = sample.values[sample.learning]
    mean = chosen.mean(axis=0)
    axes, gains, rank = whitener(chosen - mean, settings.shrinkage)
    notes = rank_note(len(chosen), len(mean), rank, settings.shrinkage)
    return Learned({"mean": mean, "axes": axes, "gains": gains}, notes)


def _parts(arrays: Arrays) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    mean, axes, gains = (np.asarray(arrays[name], dtype=np.float64) for name in ("mean", "axes", "gains"))
    return mean, axes, gains


def _apply_pca(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    mean, axes, gains = _parts(arrays)
    return (sample.values - mean) @ (axes * gains)


def _apply_zca(arrays: Arrays, sample: Sample, settings: Settings) -> NDArray[np.float64]:
    del settings
    mean, axes, gains = _parts(arrays)
    return (sample.values - mean) @ ((axes * gains) @ axes.T)


ZCA = Method("Whitened (ZCA)", "", _fit, _apply_zca)
"""Features stay what they were."""

PCA = Method("Whitened (PCA)", "", _fit, _apply_pca, axes="pc")
"""Features become principal components of the references."""
