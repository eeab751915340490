"""What `cp_measure` measures of one field: its nuclei, and the cells around them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.cells.nuclei import label_nuclei
from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labels = NDArray[np.int32]

CELL_REACH = 0.75
"""A cell reaches so many nucleus diameters beyond its nucleus, or halfway to the next, as *Distance - N* does there."""

OBJECTS = ("Nuclei", "Cells")
"""As CellProfiler's pipelines of Cell Painting call them."""

SLOW = {"texture": False, "granularity": False, "correlation_costes": False}
"""Groups that take twenty times as long as all others together."""

PLACES = ("Location_", "Center_", "BoundingBoxMinimum", "BoundingBoxMaximum")
"""Beginnings of measurements that say where in the field a cell lies, not what it is."""


@dataclass(frozen=True)
class Recipe:
    """How fields are measured.

    Attributes
    ----------
    channels
        Names of the channels, in the order of the pixels.
    nuclei
        Number of the channel that shows nuclei.
    diameter
        Of a usual nucleus, in pixels.
    everything
        Whether texture, granularity and Costes' correlation are measured too: seconds of a core a field become
        half a minute.
    """

    channels: tuple[str, ...]
    nuclei: int
    diameter: float
    everything: bool = False


def measure_field(pixels: NDArray[np.generic], recipe: Recipe) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Find the nuclei of a field, draw cells around them, and measure both.

    Parameters
    ----------
    pixels
        (C, Y, X), integers of 8 or 16 bits, or floats.

    Returns
    -------
    (cells, features) float32, NaN where a cell has no such value; and the names of the features, as
    "Nuclei_Intensity_MeanIntensity_DNA". No rows, and no names, where there is no nucleus.

    Raises
    ------
    ConfigError
        If the package `cp_measure` is missing.
    """
    featurize = check_package()
    nuclei = label_nuclei(pixels[recipe.nuclei], recipe.diameter)
    num = int(nuclei.max(initial=0))
    if not num:
        return np.zeros((0, 0), dtype=np.float32), ()
    masks = np.stack([nuclei, draw_cells_around(nuclei, recipe.diameter)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that a cell of few pixels does not have: they are NaN
        values, names, _ = featurize(_fractions(pixels)[None], masks[None], _settings(pixels, recipe))
    return _side_by_side(values, names, num)


def check_package() -> Any:
    """Give what measures.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    try:
        from cp_measure.featurizer import featurize
    except ImportError as error:
        raise ConfigError(
            f"classical features need the package cp_measure ({error}): pip install 'napari-cdcl[classical]'."
        ) from error
    return featurize


def draw_cells_around(nuclei: Labels, diameter: float) -> Labels:
    """Let each nucleus (Y, X) grow by three quarters of a usual diameter, or halfway to its neighbour."""
    from skimage.segmentation import expand_labels

    grown: Labels = expand_labels(nuclei, CELL_REACH * diameter)  # type: ignore[no-untyped-call]
    return grown


def _fractions(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Bring counts to 0 to 1, as CellProfiler does with integers."""
    return pixels.astype(np.float64) / _scale(pixels)


def _scale(pixels: NDArray[np.generic]) -> float:
    return float(np.iinfo(pixels.dtype.name).max) if pixels.dtype.kind in "iu" else 1.0


def _settings(pixels: NDArray[np.generic], recipe: Recipe) -> dict[str, Any]:
    from cp_measure.featurizer import make_featurizer_config

    groups: dict[str, Any] = {} if recipe.everything else dict(SLOW)
    groups["correlation_costes_params"] = {"scale_max": round(_scale(pixels))}
    settings: dict[str, Any] = make_featurizer_config(list(recipe.channels), objects=list(OBJECTS), **groups)
    return settings


def _side_by_side(values: NDArray[Any], names: list[str], num: int) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Put what was measured of nucleus and cell into one row a cell, without what says where it lies."""
    kept = [place for place, name in enumerate(names) if not name.startswith(PLACES)]
    parts = np.asarray(values, dtype=np.float64)[:, kept].reshape(len(OBJECTS), num, len(kept))
    titles = tuple(f"{kind}_{names[place].replace('__', '_')}" for kind in OBJECTS for place in kept)
    with np.errstate(over="ignore"):
        return np.concatenate(list(parts), axis=1).astype(np.float32), titles
