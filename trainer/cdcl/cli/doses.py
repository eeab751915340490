"""`cdcl doses`: dose-response curves of the compounds of a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.doses import dose_points, fit_curves, read_curves, response, write_curves
from cdcl.errors import ProfilesError
from cdcl.events import Wrote
from cdcl.profiles.shares import with_shares
from cdcl.quality import wells_of
from cdcl.report.dose_curves import plot_dose_curves

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.doses import Curve
    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Fit the curves, print them, and keep the table and a picture."""
    for path, suffix in ((args.out, ".csv"), (args.plot, ".png")):
        if path is not None and path.suffix.lower() != suffix:
            raise ProfilesError(f"{path}: this is written as {suffix}.")
    table = run_task(_doses(args), args)
    if not args.events:
        show(in_words(table))


def in_words(table: pd.DataFrame) -> str:
    """Lay the curves out for a terminal: those that there are, and then why there are no others."""
    found = table[table["reason"] == ""].sort_values("ec50", kind="stable")
    rows = [_line(curve) for curve in read_curves(found)]
    shown = align(["compound", "EC50", "95 %", "slope", "bottom", "top", "p", "note"], rows) if rows else "no curve"
    missing = [f"{row.compound}: {row.reason}" for row in table[table["reason"] != ""].itertuples()]
    return "\n".join([shown, *missing])


def _line(curve: Curve) -> list[str]:
    interval = f"{curve.ec50_low:.2g} .. {curve.ec50_high:.2g}"
    numbers = [f"{number:.2g}" for number in (curve.slope, curve.bottom, curve.top, curve.p)]
    return [curve.compound, f"{curve.ec50:.3g}", interval, *numbers, curve.note]


def _doses(args: Namespace) -> Task[pd.DataFrame]:
    profiles, run = yield from profiles_of(args)
    out: Path | None = args.out or (run.curves(args.along) if run else None)
    if out is None and args.plot is None:
        raise ProfilesError(f"say where the curves of {args.profiles} go with -o FILE.csv.")
    wells = wells_of(profiles)
    if run is not None:
        wells = replace(wells, profiles=with_shares(wells.profiles, run))
    values = response(wells, args.along)
    table = yield from fit_curves(wells, values, args.along, seed=args.seed)
    points = dose_points(wells, values)
    if out is not None:
        write_curves(table, points, out)
        yield Wrote("dose-response curves", str(out))
    plot: Path | None = args.plot or (out.with_suffix(".png") if run and out else None)
    if plot is not None:
        with replaced_file(plot) as temporary:
            temporary.write_bytes(plot_dose_curves(table, points))
        yield Wrote("picture of the curves", str(plot))
    return table
