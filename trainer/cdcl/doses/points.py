"""The wells that curves are drawn over, as a table: whoever draws a curve again needs no profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

KEPT = ("batch", "plate", "well", "treatment", "compound", "concentration_unit")
"""Columns that name a well, its treatment and the unit of its dose, where the table has them."""


def dose_points(wells: Wells, values: NDArray[np.float64]) -> pd.DataFrame:
    """Lay out what curves are fitted to.

    Parameters
    ----------
    wells
        N wells with compounds and doses.
    values
        (N,), the response of each.

    Returns
    -------
    DataFrame
        A row a well: `KEPT` (texts, "" where there is none), `concentration` (in that unit; NaN where it is unknown),
        `control` ("negative", "positive", "empty" or "") and `response`.
    """
    table = wells.profiles.table
    kept = {
        name: table[name].astype("string").fillna("").to_numpy(dtype=object) if name in table else "" for name in KEPT
    }
    doses = pd.to_numeric(table["concentration"], errors="coerce").to_numpy(dtype=np.float64)
    own = pd.DataFrame(kept, index=range(len(table)))
    return own.assign(concentration=doses, control=wells.control.astype(object), response=values)


def points_of(points: pd.DataFrame, compound: str) -> pd.DataFrame:
    """Give the wells of a compound whose dose is known, then the negative controls of their plates.

    Parameters
    ----------
    points
        As from `dose_points`.
    compound
        Its name.

    Returns
    -------
    DataFrame
        Rows of `points` with a column `dose`: 0 for controls.
    """
    negative = points["control"] == "negative"
    own = points[(points["compound"] == compound) & ~negative & (points["concentration"] >= 0)]
    keys = plate_keys(points)
    controls = points[negative & keys.isin(keys[own.index])]
    return pd.concat([own.assign(dose=own["concentration"]), controls.assign(dose=0.0)])
