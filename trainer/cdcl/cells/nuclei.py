"""A plain finder of nuclei: good enough to place crops, not to count cells.

Smooth, take the background away, threshold by Otsu, split touching nuclei where they look like discs side by side.
Nuclei that overlap are merged, long ones are sometimes split, and dim ones beside very bright ones are missed; whoever
has a segmentation should use that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells.cell_table import cells_from_labels
from cdcl.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

SMALLEST, LARGEST_SHARE = 4.0, 0.25
"""A nucleus' diameter is looked for from so many pixels up to so large a share of the field's side."""

LEAST_CONTRAST = 4.0
"""Nuclei must stand out of the background by so many of its standard deviations; noise alone reaches 2.7."""

_NUCLEAR = re.compile(r"dna|dapi|hoechst|nuclei|nucleus|nuclear|draq|h2b|h33342|sytox", re.IGNORECASE)


def nuclear_channel(channels: Sequence[str], named: str = "") -> int | None:
    """Say which channel shows nuclei: the one that is named, else the first whose name says so, else none.

    Raises
    ------
    ConfigError
        If the named channel is not there.
    """
    if named:
        if named not in channels:
            raise ConfigError("cells.nuclei_channel: " + unknown_name("channel", named, channels))
        return list(channels).index(named)
    return next((number for number, name in enumerate(channels) if _NUCLEAR.search(name)), None)


def find_nuclei(plane: NDArray[np.generic], diameter: float) -> pd.DataFrame:
    """Find nuclei in a plane (Y, X): a table with `y`, `x` and `area`, all in pixels.

    Parameters
    ----------
    diameter
        Of a usual nucleus, in pixels; what is smaller than two fifths of it is left out.
    """
    table = cells_from_labels(_split(plane, diameter)).table
    return table.loc[table["area"] >= _smallest_area(diameter), ["y", "x", "area"]].reset_index(drop=True)


def label_nuclei(plane: NDArray[np.generic], diameter: float) -> NDArray[np.int32]:
    """Number the pixels (Y, X) of the nuclei that `find_nuclei` finds from 1, without gaps; 0 is background.

    Parameters
    ----------
    diameter
        Of a usual nucleus, in pixels; what is smaller than two fifths of it is left out.
    """
    labels = _split(plane, diameter)
    large = np.bincount(labels.ravel()) >= _smallest_area(diameter)
    large[0] = False
    return np.where(large, np.cumsum(large), 0).astype(np.int32)[labels]


def _split(plane: NDArray[np.generic], diameter: float) -> NDArray[np.int32]:
    """Number the bright pixels by the nucleus they belong to, specks among them."""
    from scipy import ndimage  # these take a moment to import
    from skimage.segmentation import watershed

    signal = _above_background(plane, diameter / 8, 8 * diameter)
    mask = ndimage.binary_fill_holes(_bright(signal))
    blobs = _blobs(signal, mask, diameter)
    return np.asarray(watershed(-blobs, _peaks(blobs, mask, diameter), mask=mask))  # type: ignore[no-untyped-call]


def _smallest_area(diameter: float) -> float:
    return float(np.pi / 4 * (0.4 * diameter) ** 2)


def measure_diameter(planes: Iterable[NDArray[np.generic]]) -> float | None:
    """Measure how wide nuclei are, in pixels: the median over round, separate bright spots; None without any."""
    found = [_spot_diameters(plane) for plane in planes]
    diameters = np.concatenate([*found, np.zeros(0)])
    return float(np.median(diameters)) if len(diameters) else None


def _above_background(plane: NDArray[np.generic], sigma: float, reach: float) -> NDArray[np.float32]:
    """Smooth, and take away the lowest level within `reach` pixels, which is to hold several nuclei."""
    from scipy import ndimage  # takes a moment to import

    smooth = ndimage.gaussian_filter(plane.astype(np.float32), sigma)
    window = int(min(reach, *plane.shape)) | 1
    background = ndimage.uniform_filter(ndimage.minimum_filter(smooth, window), window)
    above: NDArray[np.float32] = np.maximum(smooth - background, 0.0)
    return above


def _bright(signal: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Threshold by Otsu on square roots, so that a few very bright nuclei do not hide the others."""
    from skimage.filters import threshold_otsu

    roots = np.sqrt(signal)
    if np.ptp(roots) == 0:
        return np.zeros(signal.shape, dtype=bool)
    mask = roots > threshold_otsu(roots)  # type: ignore[no-untyped-call]
    inside, outside = signal[mask], signal[~mask]
    if not len(inside) or inside.mean() - outside.mean() < LEAST_CONTRAST * outside.std():
        return np.zeros(signal.shape, dtype=bool)
    return np.asarray(mask)


def _blobs(signal: NDArray[np.float32], mask: NDArray[np.bool_], diameter: float) -> NDArray[np.float32]:
    """Give how much each place looks like the middle of a bright disc: bright and round both count."""
    from scipy import ndimage  # takes a moment to import

    roots = np.sqrt(signal) * mask
    level = roots[mask].mean() if mask.any() else 1.0
    both = np.minimum(roots / level, 1.5) + mask
    return np.asarray(-ndimage.gaussian_laplace(both.astype(np.float32), 0.8 * diameter / np.sqrt(8)))


def _peaks(blobs: NDArray[np.float32], mask: NDArray[np.bool_], diameter: float) -> NDArray[np.int32]:
    """Number the middles of the discs, at least a third of a nucleus apart."""
    from skimage.feature import peak_local_max

    places = peak_local_max(  # type: ignore[no-untyped-call]
        blobs, min_distance=max(1, round(0.35 * diameter)), labels=mask.astype(np.int32), exclude_border=False
    )
    markers = np.zeros(mask.shape, dtype=np.int32)
    markers[tuple(places.T)] = np.arange(1, len(places) + 1)
    return markers


def _spot_diameters(plane: NDArray[np.generic]) -> NDArray[np.float64]:
    from scipy import ndimage  # takes a moment to import

    mask = _bright(_above_background(plane, 1.0, min(plane.shape) / 2))
    labels, count = ndimage.label(mask)
    boxes = [box for box in ndimage.find_objects(labels) if box is not None]
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(np.float64)
    sides = np.array([[s.stop - s.start for s in box] for box in boxes], dtype=np.float64).reshape(-1, 2)
    diameters = np.sqrt(4 / np.pi * areas)
    # A disc fills pi/4 of its box and is as high as wide; clumps and debris do neither.
    is_round = (areas > 0.65 * sides.prod(axis=1)) & (sides.max(axis=1) < 1.6 * sides.min(axis=1))
    is_fit = (diameters >= SMALLEST) & (diameters <= LARGEST_SHARE * min(plane.shape))
    return np.asarray(diameters[is_round & is_fit])
