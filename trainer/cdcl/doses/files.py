"""Curves and their wells as files of a run: written by the verb `doses`, read by the report and the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.doses.curves import COLUMNS
from cdcl.errors import RunError
from cdcl.runs.own_tables import CURVES, DOSE_POINTS
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

WHOLE = ("doses", "wells", "plates")
"""Columns of curves that count."""


def points_file(curves: Path) -> Path:
    """Give the file with the wells of curves.

    Parameters
    ----------
    curves
        The file of the curves.

    Returns
    -------
    Path
        Beside it.
    """
    return curves.with_name(f"{curves.stem}-wells.csv")


def write_curves(curves: pd.DataFrame, points: pd.DataFrame, path: Path) -> None:
    """Write curves, and beside them the wells they rest on.

    Parameters
    ----------
    curves, points
        As from `fit_curves` and `dose_points`.
    path
        Of the curves, ending in .csv.

    Raises
    ------
    DiskError
        If they cannot be written.
    """
    for table, place in ((points, points_file(path)), (curves, path)):
        with replaced_file(place) as temporary:
            table.to_csv(temporary, index=False)


def read_curve_files(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read curves and their wells.

    Returns
    -------
    curves, points
        As from `fit_curves` and `dose_points`.

    Raises
    ------
    RunError
        If one of them is gone, no such table, or not of the other.
    """
    for place in (path, points_file(path)):
        if not place.is_file():
            raise RunError(f"{place} is not there; make it anew with {verb('doses')}.")
    curves, points = CURVES.read(path), DOSE_POINTS.read(points_file(path))
    strange = set(curves["compound"]) - set(points["compound"])
    if strange:
        raise RunError(
            f"{points_file(path)} has no well of {min(strange)}, which {path.name} has a curve of; make both anew with "
            f"{verb('doses')}."
        )
    whole = {name: curves[name].fillna(0).astype(np.int64) for name in WHOLE if name in curves}
    return curves.assign(**whole)[[name for name in COLUMNS if name in curves]], points
