"""Endless grain for cells: tiles of filtered noise, read in each cell's own turned and stretched frame."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 1024
"""Side of a tile in samples, a power of two."""
SAMPLES_PER_PIXEL = 4.0
"""Fine enough that the nearest sample does, without interpolation."""


@cache
def smooth_noise() -> NDArray[np.float32]:
    """Give a periodic tile of smooth noise, mean 0 and variance 1, whose grain is about 2 pixels."""
    return _noise(101, (2.0, 2.0))


@cache
def network() -> NDArray[np.float32]:
    """Give a periodic tile of thin winding filaments between 0 and 1: where smooth noise crosses zero."""
    filaments = np.exp(-((_noise(102, (1.9, 1.9)) / 0.33) ** 2))
    lit: NDArray[np.float32] = filaments * (0.55 + 0.45 * np.tanh(_noise(103, (3.0, 3.0))))
    return lit.astype(np.float32)


@cache
def fibres() -> NDArray[np.float32]:
    """Give a periodic tile of bundles along the second axis, 0 or more, mean about 1."""
    bundles = np.exp(1.1 * _noise(104, (0.8, 9.0)))
    scaled: NDArray[np.float32] = (bundles / bundles.mean()).astype(np.float32)
    return scaled


def read(tile: NDArray[np.float32], along: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read a tile at coordinates in pixels (any shape, any range; the tile repeats)."""
    column = (along * SAMPLES_PER_PIXEL).astype(np.int32) & (TILE - 1)
    row = (across * SAMPLES_PER_PIXEL).astype(np.int32) & (TILE - 1)
    return tile.ravel().take(row * TILE + column)


def _noise(seed: int, sigma: tuple[float, float]) -> NDArray[np.float32]:
    """Filter white noise by a Gaussian of `sigma` (across, along) in pixels, and scale it to variance 1."""
    from scipy.ndimage import gaussian_filter  # takes a moment to import

    white = np.random.default_rng(seed).standard_normal((TILE, TILE), dtype=np.float32)
    noise = gaussian_filter(white, [s * SAMPLES_PER_PIXEL for s in sigma], mode="wrap")
    scaled: NDArray[np.float32] = (noise / noise.std()).astype(np.float32)
    return scaled
