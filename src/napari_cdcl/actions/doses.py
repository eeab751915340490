"""Dose-response curves of a run in the window: fitted by a child, read, drawn again, saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError, RunError
from napari_cdcl.models.dose_plots import DosePlot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.runs import Run
    from napari_cdcl.models.plates import PlateLayout

DISTANCE, AXIS, SHARE = "distance", "control-axis", "share_"
TITLES = {DISTANCE: "distance from controls", AXIS: "controls (0) to positive control (1)", "num_cells": "cells"}
"""What responses are called in the window; shares and features keep their names."""
UNMEASURED = (
    "concentration",
    "site",
    "x",
    "y",
    "row",
    "column",
    "pixel_size",
    "cell",
    "area",
    "border",
    "channel_axis",
)
"""Columns of numbers that are no response."""
FORMS = (".csv", ".png", ".svg")


@dataclass(frozen=True, eq=False)
class RunDoses:
    """What is known of a run's curves along one response.

    Attributes
    ----------
    run, along
        Whose curves of what.
    curves, points
        As from `cdcl.doses.read_curve_files`; None where they were not fitted yet.
    plots
        One a compound, in the order of `curves`.
    batches
        Names of the batches (plates where none is known) that `DosePlot.batches` counts.
    stale
        The profiles, or the shares of phenotypes, have changed since.
    """

    run: Run
    along: str
    curves: pd.DataFrame | None = None
    points: pd.DataFrame | None = None
    plots: tuple[DosePlot, ...] = ()
    batches: tuple[str, ...] = ()
    stale: bool = False


def dose_steps(run: Run, along: str) -> list[list[str]]:
    """Give the arguments of the child that fits the curves of a run along a response.

    Raises
    ------
    RunError
        If the run has no profiles yet.
    """
    if not run.profiles("site").is_file():
        raise RunError(f"{run.folder.name} has no profiles yet; embed it first (Runs panel, Embed).")
    return [["doses", str(run.folder), f"--along={along}"]]


def stamp_of_doses(run: Run, along: str) -> tuple[int, ...]:
    """Give what changes when the curves, the profiles, or the shares of phenotypes do; cheap, to be asked often."""
    paths = (run.curves(along), run.profiles("site"), run.shares)
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def read_responses(run: Run) -> dict[str, str]:
    """Name what a run's curves can be drawn along, name to title; it may run in any thread.

    Raises
    ------
    CDCLError
        If the run has no profiles, or they or its shares of phenotypes cannot be read.
    """
    import pandas as pd

    from cdcl.profiles import aggregate, read_profiles
    from cdcl.profiles.shares import with_shares

    found = read_profiles(run.profiles("site"))
    wells = with_shares(aggregate(found, "well"), run)
    positive = "control" in wells.table and (wells.table["control"].astype("string") == "positive").any()
    names = [DISTANCE, *([AXIS] if positive else [])]
    numbers = [str(name) for name in wells.table if pd.api.types.is_numeric_dtype(wells.table[name])]
    names += sorted((name for name in numbers if name not in UNMEASURED), key=lambda name: not name.startswith(SHARE))
    return {name: title_of_response(name) for name in [*names, *wells.names]}


def title_of_response(name: str) -> str:
    """Say what a response is called in the window."""
    return f"share of {name.removeprefix(SHARE)}" if name.startswith(SHARE) else TITLES.get(name, name)


def read_run_doses(run: Run, along: str, layout: PlateLayout | None) -> RunDoses:
    """Read the curves of a run along a response; it may run in any thread.

    Raises
    ------
    RunError
        If a file is damaged.
    """
    from cdcl.doses import read_curve_files, read_curves

    path = run.curves(along)
    if not path.is_file():
        return RunDoses(run, along)
    curves, points = read_curve_files(path)
    if len(curves) and curves["response"].iloc[0] != along:  # two names that make one file's name
        return RunDoses(run, along)
    batches, numbers = _batches(points)
    wells = _wells_on(points, layout)
    plots = [_plot(one, points, numbers, wells) for one in read_curves(curves)]
    sources = [path for path in (run.profiles("site"), run.shares) if path.is_file()]
    if not along.startswith(SHARE):
        sources = sources[:1]
    stale = any(source.stat().st_mtime_ns > path.stat().st_mtime_ns for source in sources)
    return RunDoses(run, along, curves, points, tuple(plots), batches, stale)


def save_doses(doses: RunDoses, compounds: Sequence[str], path: Path) -> None:
    """Write the curves of these compounds, in this order: as a table (.csv), or drawn (.png, .svg).

    Raises
    ------
    CDCLError
        If it cannot be written, or the name ends otherwise.
    """
    assert doses.curves is not None
    assert doses.points is not None
    form = path.suffix.lower()
    if form not in FORMS:
        raise ProfilesError(f"{path}: curves are written as {', '.join(FORMS)}.")
    chosen = doses.curves.set_index(doses.curves["compound"].astype(str), drop=False).loc[list(compounds)]
    chosen = chosen.reset_index(drop=True)
    with replaced_file(path) as temporary:
        if form == ".csv":
            units = {plot.curve.compound: plot.unit for plot in doses.plots}
            chosen.assign(unit=chosen["compound"].map(units)).to_csv(temporary, index=False)
        else:
            from cdcl.report.dose_curves import plot_dose_curves  # brings matplotlib

            temporary.write_bytes(plot_dose_curves(chosen, doses.points, form[1:]))


def _batches(points: pd.DataFrame) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    column = points["batch" if (points["batch"] != "").any() else "plate"].astype(str)
    names = tuple(dict.fromkeys(column))
    places = {name: number for number, name in enumerate(names)}
    return names, np.array([places[name] for name in column], dtype=np.int64)


def _wells_on(points: pd.DataFrame, layout: PlateLayout | None) -> NDArray[np.int64]:
    """Find the wells of a table in the layout of the screen, (n,); -1 where one is not on it."""
    from cdcl.screen.plates import well_keys

    if layout is None:
        return np.full(len(points), -1, dtype=np.int64)
    places = {
        f"{layout.plates[plate]}/{name}": number
        for number, (plate, name) in enumerate(zip(layout.plate_of.tolist(), layout.names.tolist(), strict=True))
    }
    return np.array([places.get(key, -1) for key in well_keys(points)], dtype=np.int64)


def _plot(curve: object, points: pd.DataFrame, batches: NDArray[np.int64], wells: NDArray[np.int64]) -> DosePlot:
    from cdcl.doses import Curve, points_of

    assert isinstance(curve, Curve)
    own = points_of(points, curve.compound)
    rows = own.index.to_numpy()
    units = sorted(set(own["concentration_unit"][own["dose"] > 0]) - {""})
    unit = units[0] if len(units) == 1 else ""
    doses, values = (own[name].to_numpy(dtype=np.float64) for name in ("dose", "response"))
    return DosePlot(curve, doses, values, batches[rows], wells[rows], unit)
