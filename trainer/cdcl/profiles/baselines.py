"""Profiles that any embedding has to beat: intensity statistics without a network, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended
from cdcl.profiles.profiles import Profiles
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from cdcl.screen.cache import PixelCache
    from cdcl.screen.intensities import Intensities
    from cdcl.tasks import Task

PERCENTILES = (1, 10, 25, 50, 75, 90, 99)
"""Of the pixels of a channel."""


def intensity_profiles(screen: Screen, cache: PixelCache, intensities: Intensities | None = None) -> Task[Profiles]:
    """Describe each readable site by its pixels alone.

    Per channel mean, standard deviation and percentiles; then the correlations between channels.

    Parameters
    ----------
    cache
        The screen's pixels, rows in the order of `screen.sites`.
    intensities
        Offset and scale of each plate and channel that pixels are brought to first; none leaves them as they are.

    Raises
    ------
    ProfilesError
        If no site can be read.
    """
    rows = np.flatnonzero(cache.readable)
    if not len(rows):
        raise ProfilesError("no site of the screen can be read; there are no intensities to describe.")
    offset, scale = _affine(screen, intensities)
    yield Began("intensity statistics", total=len(rows), unit="field")
    values = []
    for done, row in enumerate(rows.tolist(), start=1):
        pixels = cache.field(row).reshape(len(screen.channels), -1).astype(np.float32)
        values.append(_describe((pixels - offset[row][:, None]) / scale[row][:, None]))
        yield Advanced(done)
    yield Ended()
    table = screen.sites.iloc[rows].reset_index(drop=True)
    return Profiles(np.stack(values).astype(np.float32), table, "site", _names(screen.channels))


def noise_profiles(table: pd.DataFrame, dim: int = 384, seed: int = 0, level: str = "site") -> Profiles:
    """Draw profiles from a standard normal distribution: what a metric says of them, it says of nothing."""
    values = np.random.default_rng([seed, dim]).standard_normal((len(table), dim), dtype=np.float32)
    return Profiles(values, table.reset_index(drop=True), level, provenance={"noise": seed})


def _affine(screen: Screen, intensities: Intensities | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give offset and scale of each site and channel, (N, C) each."""
    if intensities is not None:
        return intensities.affine(plate_keys(screen.sites).to_numpy())
    shape = (len(screen), len(screen.channels))
    return np.zeros(shape, dtype=np.float32), np.ones(shape, dtype=np.float32)


def _describe(pixels: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the statistics of pixels (C, P), in the order of `_names`."""
    means, deviations = pixels.mean(axis=1, dtype=np.float64), pixels.std(axis=1, dtype=np.float64)
    percentiles = np.percentile(pixels, PERCENTILES, axis=1)
    whitened = (pixels - means[:, None]) / np.where(deviations > 0, deviations, 1.0)[:, None]
    correlations = whitened @ whitened.T / pixels.shape[1]
    above = np.triu_indices(len(pixels), k=1)
    return np.concatenate([means, deviations, percentiles.ravel(), correlations[above]])


def _names(channels: tuple[str, ...]) -> tuple[str, ...]:
    statistics = ("mean", "std", *(f"p{percentile:02d}" for percentile in PERCENTILES))
    pairs = zip(*np.triu_indices(len(channels), k=1), strict=True)
    correlations = tuple(f"{channels[one]}_{channels[other]}_correlation" for one, other in pairs)
    return tuple(f"{channel}_{statistic}" for statistic in statistics for channel in channels) + correlations
