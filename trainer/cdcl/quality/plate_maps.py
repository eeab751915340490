"""Plates as grids: any value of their wells, laid out as they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.quality.choices import unknown_value
from cdcl.quality.layout import plate_format
from cdcl.quality.wells import summaries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells


@dataclass(frozen=True)
class PlateMap:
    """One plate.

    Attributes
    ----------
    name
        "batch/plate".
    values
        Shape (rows, columns) of the plate's format; NaN where there is no well, the mean where there are several.
    """

    name: str
    values: NDArray[np.float64]


def plate_maps(wells: Wells, value: str) -> list[PlateMap]:
    """Lay out a value of each well: a column of the table, a feature, or one of `summaries` ("distance", "pc1", ...).

    Parameters
    ----------
    value
        "distance", "pc1" to "pc3", "num_cells", a feature, or a column of numbers.

    Returns
    -------
    list of PlateMap
        One a plate, in the order of `wells.names`, all of the smallest plate format that holds the wells.

    Raises
    ------
    ProfilesError
        If the value is unknown or no number, or no well has a name like B03.
    """
    numbers = value_of(wells, value)
    if not (wells.positions >= 0).all(axis=1).any():
        raise ProfilesError("no well has a name like B03; plates cannot be drawn.")
    shape = plate_format(wells.positions)
    maps = []
    for plate, name in enumerate(wells.names):
        own = (wells.plates == plate) & (wells.positions >= 0).all(axis=1) & ~np.isnan(numbers)
        cells = np.ravel_multi_index(tuple(wells.positions[own].T), shape)
        counts = np.bincount(cells, minlength=shape[0] * shape[1])
        sums = np.bincount(cells, numbers[own], minlength=shape[0] * shape[1])
        grid = np.where(counts > 0, sums / np.maximum(1, counts), np.nan)
        maps.append(PlateMap(name, grid.reshape(shape)))
    return maps


def value_of(wells: Wells, value: str) -> NDArray[np.float64]:
    """Find a value of each well by name.

    Returns
    -------
    values
        (N,); NaN where a well has none.

    Raises
    ------
    ProfilesError
        If the value is unknown or no number.
    """
    profiles = wells.profiles
    if value in profiles.names:
        return profiles.values[:, profiles.names.index(value)].astype(np.float64)
    if value in profiles.table:
        numbers = pd.to_numeric(profiles.table[value], errors="coerce").to_numpy(dtype=np.float64)
        if np.isnan(numbers).all():
            raise ProfilesError(f"the column {value} holds no numbers; choose another value to draw.")
        return numbers
    summed = summaries(wells)
    if value not in summed:
        raise ProfilesError(unknown_value("value", value, profiles, summed))
    return summed[value]
