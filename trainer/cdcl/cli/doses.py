"""`cdcl doses`: dose-response curves of the compounds of a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.doses import dose_series, fit_curves, read_curves, response
from cdcl.errors import ProfilesError
from cdcl.events import Wrote
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.quality import wells_of
from cdcl.report.dose_curves import plot_dose_curves

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.doses import Curve
    from cdcl.quality.wells import Wells
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
    profiles, run = open_profiles(args.profiles, "site")
    yield from left_out(profiles)
    out: Path | None = args.out or (run.folder / "doses" / f"{args.along}.csv" if run else None)
    if out is None and args.plot is None:
        raise ProfilesError(f"say where the curves of {args.profiles} go with -o FILE.csv.")
    wells = wells_of(profiles)
    values = response(wells, args.along)
    table = yield from fit_curves(wells, values, args.along, seed=args.seed)
    if out is not None:
        with replaced_file(out) as temporary:
            table.to_csv(temporary, index=False)
        yield Wrote("dose-response curves", str(out))
    plot: Path | None = args.plot or (out.with_suffix(".png") if run and out else None)
    if plot is not None:
        _draw(wells, values, table, plot)
        yield Wrote("picture of the curves", str(plot))
    return table


def _draw(wells: Wells, values: NDArray[np.float64], table: pd.DataFrame, path: Path) -> None:
    known = wells.profiles.table
    batches = known["batch" if "batch" in known else "plate"].astype("string").fillna("").to_numpy(dtype=str)
    with replaced_file(path) as temporary:
        temporary.write_bytes(plot_dose_curves(table, list(dose_series(wells)), values, batches))
