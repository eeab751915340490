"""Fluorescence channels as one colour image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.report.palette import CHANNELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIMITS = (1.0, 99.7)
"""Percentiles of a channel that become black and full colour where no limits are given."""


def composite(image: NDArray[np.generic], limits: NDArray[np.floating] | None = None) -> NDArray[np.float32]:
    """Add up the channels of a field, each in its colour.

    Parameters
    ----------
    image
        Shape (C, Y, X), any number type.
    limits
        Intensities that become black and full colour, shape (C, 2); by default the 1st and 99.7th percentile.

    Returns
    -------
    ndarray
        Shape (Y, X, 3), from 0 to 1.
    """
    pixels = image.astype(np.float32)
    if limits is None:
        limits = np.percentile(pixels, _LIMITS, axis=(1, 2)).T
    low, high = np.asarray(limits, dtype=np.float32).T[:, :, None, None]
    shares = np.clip((pixels - low) / np.where(high > low, high - low, 1.0), 0, 1)
    colours = np.array([CHANNELS[number % len(CHANNELS)] for number in range(len(pixels))], dtype=np.float32)
    mixed: NDArray[np.float32] = np.clip(np.einsum("cyx,cd->yxd", shares, colours), 0, 1)
    return mixed
