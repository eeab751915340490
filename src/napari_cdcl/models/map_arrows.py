"""Which arrows a map of items can have: from the controls, or along doses. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.scatter import arrows_along_doses, arrows_from_controls
from cdcl.screen.controls import negative_controls
from cdcl.screen.dose_columns import COLUMN, dose_numbers, unit_of, units_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.scatter import Arrow, Colouring

    Map = tuple[NDArray[np.float32], Colouring, NDArray[np.bool_] | None]
    ArrowMaker = Callable[[Map], tuple[Arrow, ...]]

TITLES = {"controls": "from the controls to each class", "doses": "from low to high doses"}
"""What the arrows are called, by key."""


def arrow_makers(table: pd.DataFrame) -> dict[str, ArrowMaker]:
    """Give what draws arrows over a map of a table's rows, by key of `TITLES`; only those that the table can have.

    A maker takes positions (N, 2), their colouring, and which points are visible (None: all).
    """
    makers: dict[str, ArrowMaker] = {}
    controls = negative_controls(table)
    if controls.any() and not controls.all():
        makers["controls"] = _FromControls(controls, _codes(table, ("treatment", "compound")))
    compounds = _codes(table, ("compound",))
    if COLUMN in table and compounds is not None and len(units_of(table)) < 2:
        doses = dose_numbers(table[COLUMN], unit_of(table))
        if doses is not None and _have_series(compounds, doses.values):
            makers["doses"] = _AlongDoses(compounds, doses.values)
    return makers


class _FromControls:
    """To each class of the colouring; where a number colours the map, to each treatment."""

    def __init__(self, controls: NDArray[np.bool_], treatments: NDArray[np.int64] | None) -> None:
        self._controls, self._treatments = controls, treatments

    def __call__(self, shown: Map) -> tuple[Arrow, ...]:
        positions, colouring, visible = shown
        groups = colouring.codes if colouring.names or self._treatments is None else self._treatments
        return arrows_from_controls(positions, colouring, groups, self._controls, visible)


class _AlongDoses:
    """Through each compound."""

    def __init__(self, compounds: NDArray[np.int64], doses: NDArray[np.float64]) -> None:
        self._compounds, self._doses = compounds, doses

    def __call__(self, shown: Map) -> tuple[Arrow, ...]:
        positions, colouring, visible = shown
        return arrows_along_doses(positions, colouring, self._compounds, self._doses, visible)


def _codes(table: pd.DataFrame, columns: tuple[str, ...]) -> NDArray[np.int64] | None:
    """Number the names (N,) of the first of these columns that there is, from 1; 0 is no name."""
    column = next((name for name in columns if name in table), None)
    if column is None:
        return None
    names = table[column].astype("string").fillna("")
    found = names.astype("category")
    return np.where(names == "", 0, found.cat.codes.to_numpy(dtype=np.int64) + 1)


def _have_series(compounds: NDArray[np.int64], doses: NDArray[np.float64]) -> bool:
    """Whether any compound has two doses above zero."""
    rows = (compounds > 0) & np.isfinite(doses) & (doses > 0)
    pairs = np.unique(np.stack([compounds[rows].astype(np.float64), doses[rows]]), axis=1)
    return bool((np.unique(pairs[0], return_counts=True)[1] > 1).any())
