"""Features on one scale, profiles of one length; what has no spread or no length is decided here alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-7
"""Spread over size below which a feature counts as constant: float32, as profiles are stored, has eps = 1.2e-7."""

_BLOCK_ROWS = 8192
"""Rows widened to float64 at a time: 100 MB with 1536 features, whatever the number of cells."""


def usable_scale(spread: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a feature without spread become 0 when it is divided by its scale.

    Parameters
    ----------
    spread
        Standard deviations of features, any shape.
    size
        How large the values are from which it was computed (means, say), of a shape that broadcasts with `spread`.

    Returns
    -------
    Array
        `spread`; infinity where it is NaN, or no more than rounding leaves of a constant feature of that size.
    """
    return np.where(spread > ROUNDING * np.abs(size), spread, np.inf)


def mean_and_scale(values: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and standard deviation (ddof 0) of each feature in float64; the scale of a constant one is infinite.

    Parameters
    ----------
    values
        Shape (N, D), N > 0.

    Returns
    -------
    mean, scale
        Shape (D,) each: `(values - mean) / scale` are z-scores, 0 for a constant feature.
    """
    mean = values.mean(axis=0, dtype=np.float64)
    squares = np.zeros(values.shape[1])
    for start in range(0, len(values), _BLOCK_ROWS):
        squares += ((values[start : start + _BLOCK_ROWS] - mean) ** 2).sum(axis=0)
    return mean, usable_scale(np.sqrt(squares / len(values)), mean)


def z_scores(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Bring features (N, D) to mean 0 and standard deviation 1 over all rows; a constant feature becomes 0."""
    mean, scale = mean_and_scale(values)
    scores: NDArray[np.float64] = (values - mean) / scale
    return scores


def unit(values: NDArray[np.floating[Any]], dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
    """Scale rows (N, D) to length 1; a row of zeros stays one and is equally far from all."""
    lengths = np.sqrt(np.einsum("nd,nd->n", values, values, dtype=np.float64, casting="same_kind"))[:, None]
    units: NDArray[Any] = values / np.where(lengths > 0, lengths, 1.0)
    return units.astype(dtype, copy=False)
