"""Profiles that any embedding has to beat: noise, the layout, counts of cells, intensities without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import CDCLError, ProfilesError, unknown_name
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.profiles.profiles import Profiles
from cdcl.profiles.scaling import z_scores
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.pixels.intensities import Intensities
    from cdcl.screen import Screen
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
    return _of_fields(screen, rows, values)


def intensities_of_images(screen: Screen) -> Task[Profiles]:
    """Describe each readable site by its pixels as they lie on disk: for a look before anything is decoded or trained.

    The same numbers as `intensity_profiles` without `intensities`; nothing is written.

    Raises
    ------
    ProfilesError
        If no site can be read.
    """
    yield Began("intensity statistics", total=len(screen), unit="field")
    rows, values = [], []
    for row in range(len(screen)):
        try:
            pixels = screen.image(row)
        except CDCLError as error:
            yield Warned(f"field {row + 1} is left out: {error}")
        else:
            rows.append(row)
            values.append(_describe(pixels.reshape(len(screen.channels), -1).astype(np.float32)))
        yield Advanced(row + 1)
    yield Ended()
    if not rows:
        raise ProfilesError("no site of the screen can be read; there are no intensities to describe.")
    return _of_fields(screen, np.array(rows), values)


def _of_fields(screen: Screen, rows: NDArray[np.int64], values: list[NDArray[np.float64]]) -> Profiles:
    table = screen.sites.iloc[rows].reset_index(drop=True)
    return Profiles(np.stack(values).astype(np.float32), table, "site", _names(screen.channels))


def noise_profiles(table: pd.DataFrame, dim: int = 384, seed: int = 0, level: str = "site") -> Profiles:
    """Draw profiles from a standard normal distribution: what a metric says of them, it says of nothing."""
    values = np.random.default_rng([seed, dim]).standard_normal((len(table), dim), dtype=np.float32)
    return Profiles(values, table.reset_index(drop=True), level, provenance={"noise": seed})


def batch_profiles(table: pd.DataFrame, dim: int = 64, seed: int = 0, level: str = "site") -> Profiles:
    """Draw one vector a batch: profiles that know their batch and nothing else.

    A tenth of noise is added, so that no two are equal and the order of the rows decides nothing.

    Raises
    ------
    ProfilesError
        If the table lacks `batch`.
    """
    return _drawn_profiles(table, ("batch",), (dim, seed, level))


def layout_profiles(table: pd.DataFrame, dim: int = 64, seed: int = 0, level: str = "site") -> Profiles:
    """Draw one vector a batch and one a well position, and add them: what a fixed layout gives away.

    Raises
    ------
    ProfilesError
        If the table lacks `batch` or `well`.
    """
    return _drawn_profiles(table, ("batch", "well"), (dim, seed, level))


def cell_count_profiles(table: pd.DataFrame, seed: int = 0, level: str = "site") -> Profiles:
    """Turn the number of cells into profiles: a point on a half circle, by rank.

    Neighbours by cosine are then neighbours in number. Equal numbers are put in random order. Counts alone
    predict many a label of a screen of toxic compounds (Seal et al. 2026).

    Raises
    ------
    ProfilesError
        If the table lacks `num_cells`, or has rows without.
    """
    counts = pd.to_numeric(_column(table, "num_cells"), errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(counts).all():
        rows = counted(int((~np.isfinite(counts)).sum()), "row has", "rows have")
        raise ProfilesError(f"{rows} no number in `num_cells`; fill or drop them.")
    rng = np.random.default_rng([seed, len(counts)])
    ranks = np.empty(len(counts))
    ranks[np.lexsort((rng.random(len(counts)), counts))] = np.arange(len(counts))
    angles = np.pi * (ranks + 0.5) / len(counts)
    values = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    names = ("cos_of_count", "sin_of_count")
    return Profiles(values, table.reset_index(drop=True), level, names, {"baseline": "num_cells"})


def table_baselines(profiles: Profiles, seed: int = 0) -> dict[str, Profiles]:
    """Give the baselines that need nothing but the table, named for a column beside the scores of `profiles`.

    Batches are left out where there is only one, cells where they were not counted.
    """
    found = {"noise": noise_profiles(profiles.table, profiles.values.shape[1], seed, profiles.level)}
    makers = {"batch only": batch_profiles, "batch and position": layout_profiles}
    for name, make in makers.items():
        try:
            found[name] = make(profiles.table, seed=seed, level=profiles.level)
        except ProfilesError:
            continue
    if "num_cells" in profiles.table and pd.to_numeric(profiles.table["num_cells"], errors="coerce").notna().all():
        found["cell count"] = cell_count_profiles(profiles.table, seed, profiles.level)
    return found


def standardise_features(profiles: Profiles) -> Profiles:
    """Bring features of different units to one scale over all profiles, since neighbours are found by cosine."""
    return profiles.with_values(z_scores(profiles.values), scaling="z-score over all profiles")


def _drawn_profiles(table: pd.DataFrame, columns: tuple[str, ...], how: tuple[int, int, str]) -> Profiles:
    """Add up one random vector for each value of each column, and a tenth of noise."""
    dim, seed, level = how
    batches = _column(table, "batch").astype(str)
    if batches.nunique() < 2:
        raise ProfilesError("there is one batch only; a baseline of batches needs two or more.")
    rng = np.random.default_rng([seed, dim, len(columns)])
    values = 0.1 * rng.standard_normal((len(table), dim))
    for name in columns:
        codes = np.unique(_column(table, name).astype(str), return_inverse=True)[1]
        values += rng.standard_normal((codes.max(initial=0) + 1, dim))[codes]
    provenance = {"baseline": " and ".join(columns), "seed": seed}
    return Profiles(values.astype(np.float32), table.reset_index(drop=True), level, provenance=provenance)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        raise ProfilesError(unknown_name("column", name, map(str, table.columns)))
    return table[name]


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
