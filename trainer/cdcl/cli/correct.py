"""`cdcl correct`: profiles without plate and batch effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned, Wrote
from cdcl.metrics import ilisi
from cdcl.profiles import Settings, correct, read_correction, write_correction, write_profiles
from cdcl.profiles.corrections import STEPS, steps_of
from cdcl.profiles.corrections.chain import PRESETS
from cdcl.projections import project
from cdcl.report import Embedding, plot_embeddings

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task

_SUFFIXES = (".parquet", ".csv.gz", ".csv")

_MOST_ROWS = 5000
"""So many profiles are enough to tell whether batches mixed."""


def perform(args: Namespace) -> None:
    """Correct the profiles of a run or a file, and keep them with what was fitted."""
    if args.method is None and args.fitted is None:
        known = ", ".join([*STEPS, *PRESETS])
        raise ProfilesError(f"name one --method ({known}), or a fitted one with --fitted FILE.npz.")
    if args.fitted is not None:
        _check_fitted_alone(args)
    if args.method is not None:
        steps_of(args.method)
    if args.out is not None and not args.out.name.endswith(_SUFFIXES):
        raise ProfilesError(f"{args.out}: profiles are written as {', '.join(_SUFFIXES)}.")
    run_task(_correct(args), args)


def _check_fitted_alone(args: Namespace) -> None:
    """Refuse what says how to fit beside a correction that is fitted: it would be passed over."""
    asked = {
        "--method": args.method is not None,
        "--reference": args.reference != Settings().reference,
        "--shrinkage": args.shrinkage != Settings().shrinkage,
    }
    if named := [name for name, given in asked.items() if given]:
        raise ProfilesError(
            f"{' and '.join(named)} says how to fit, and {args.fitted} is fitted; leave one of them out."
        )


def corrected_file(run: Run, method: str, level: str) -> Path:
    """Give the place of a run's profiles corrected by a method."""
    return run.folder / "corrections" / method / f"{level}.parquet"


def fitted_file(profiles: Path) -> Path:
    """Give the place of the fitted correction beside the profiles it made: `wells.parquet` has `wells.npz`."""
    suffix = next(suffix for suffix in _SUFFIXES if profiles.name.endswith(suffix))
    return profiles.with_name(profiles.name.removesuffix(suffix) + ".npz")


def _correct(args: Namespace) -> Task[None]:
    before, run = yield from profiles_of(args, args.level)
    fitted = read_correction(args.fitted) if args.fitted else None
    method = fitted.method if fitted else args.method
    out: Path | None = args.out or (corrected_file(run, method, before.level) if run else None)
    if out is None:
        raise ProfilesError(f"say where the corrected profiles of {args.profiles} go with -o FILE.")
    settings = Settings(reference=args.reference, shrinkage=args.shrinkage)
    after, correction = yield from correct(before, method, settings, fitted=fitted)
    yield from _mixing(before, after)
    write_profiles(after, out)
    yield Wrote(f"{len(after)} {after.level} profiles", str(out))
    if fitted is None:
        write_correction(correction, fitted_file(out))
        yield Wrote("fitted correction", str(fitted_file(out)))
    if args.picture:
        yield from _draw(before, after, args.picture)


def _mixing(before: Profiles, after: Profiles) -> Task[None]:
    """Say how far batches mixed: the sign by which an idle Harmony is found out."""
    if "batch" not in before.table or before.table["batch"].nunique() < 2:
        return
    rows = np.arange(len(before))
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_ROWS, replace=False))
    scores = [ilisi(profiles.take(rows)) for profiles in (before, after)]
    if not all(score.available for score in scores):
        return
    line = f"batches mixed (iLISI, 0 to 1): {scores[0].value:.3f} -> {scores[1].value:.3f}"
    if scores[1].value < scores[0].value + 0.01:
        yield Warned(f"{line}; they are no better mixed than before.")
    else:
        yield Said(f"{line}. Mixing alone proves nothing: `cdcl score --correct` shows what it cost.")


def _draw(before: Profiles, after: Profiles, path: Path) -> Task[None]:
    panels = []
    columns = [name for name in ("batch", "treatment") if name in before.table]
    maps = []
    for title, profiles in (("before", before), ("after", after)):
        projection = yield from project(profiles, method="pca")
        maps.append((title, projection.points))
    for column in columns or [before.table.columns[0]]:
        panels += [Embedding(f"{title}, by {column}", points, before.table[column], column) for title, points in maps]
    with replaced_file(path) as temporary:
        temporary.write_bytes(plot_embeddings(panels, columns=2))
    yield Wrote("picture", str(path))
