"""`cdcl archetypes`: extreme phenotypes, what every profile is made of, and labels to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.archetypes import (
    SCALES,
    Files,
    compositions,
    controls_outside,
    describe,
    find_archetypes,
    label_screen,
    write_analysis,
)
from cdcl.cli.parser import UsageError
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_for
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Warned, Wrote
from cdcl.profiles.identity import MADE_OF, identity
from cdcl.projections import Projection, write_projection
from cdcl.projections.archetypes import drawn
from cdcl.screen.controls import control_kinds
from cdcl.screen.counting import counted
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.archetypes import Analysis
    from cdcl.runs import Run
    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Find archetypes of the profiles of a run or a file, write what was found, and print it."""
    _check_usage(args)
    analysis = run_task(_analyse(args), args)
    if not args.events:
        show(in_words(analysis, args.confident))


def in_words(analysis: Analysis, confident: float) -> str:
    """Lay out the archetypes as a table, and say what is strange about plates and controls."""
    found = describe(analysis, confident)
    columns = (found["archetype"], found["share"].map("{:.3f}".format), found["confident"], found["examples"])
    rows = [list(map(str, row)) for row in zip(*columns, strict=True)]
    table = align(["archetype", "share", "confident", "commonest treatments"], rows)
    labelled, of_what = int(found["confident"].sum()), f"{len(analysis.profiles)} {analysis.profiles.level} profiles"
    components = f"{analysis.components[0]} principal components"
    lines = [
        f"{len(found)} archetypes explain {analysis.explained:.1%} of the variance in {components}",
        f"{labelled} of {of_what} are confident: the weight of their archetype is {confident:g} or more",
        *_plates(analysis, confident),
        *_controls(analysis),
    ]
    return "\n".join([table, "", *lines])


def _check_usage(args: Namespace) -> None:
    if args.scale not in SCALES:
        raise UsageError(unknown_name("scale", args.scale, SCALES))
    if not 0.0 < args.confident <= 1.0:
        raise UsageError(f"--confident {args.confident:g}: a weight lies between 0 and 1, such as 0.7.")
    if args.out is not None and args.out.suffix != ".parquet":
        raise ProfilesError(f"{args.out}: weights of archetypes are written as .parquet.")
    if args.labelled is not None and args.labelled.suffix.lower() not in (".csv", ".parquet"):
        raise ProfilesError(f"{args.labelled}: a screen's table is written as .csv or .parquet.")


def _number(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdigit():
        raise UsageError(f"--num {text}: give a number of archetypes, or auto.")
    return int(text)


def _analyse(args: Namespace) -> Task[Analysis]:
    num = _number(args.num)
    profiles, run = yield from profiles_of(args, args.level)
    out: Path | None = args.out or (run.folder / "archetypes" / f"{args.level}.parquet" if run else None)
    if out is None:
        raise ProfilesError(f"say where the archetypes of {args.profiles} go with -o FILE.parquet.")
    analysis = yield from find_archetypes(profiles, num, scale=args.scale, seed=args.seed)
    yield from _warn(analysis, args.confident)
    yield from write_analysis(analysis, Files(out), confident=args.confident)
    if run is not None and args.out is None:
        yield from _draw(analysis, run, identity(profiles))
    if args.labelled is not None:
        yield from _label(analysis, args)
    return analysis


def _draw(analysis: Analysis, run: Run, own: str) -> Task[None]:
    """Keep the polygon as a projection of the run, which its report then shows."""
    points, parameters = drawn(analysis)
    path = run.projection("archetypes")
    card = {**parameters, "level": analysis.profiles.level, MADE_OF: own}
    write_projection(Projection(points, analysis.profiles.table, "archetypes", card), path)
    yield Wrote(f"polygon of {len(points)} profiles", str(path))


def _label(analysis: Analysis, args: Namespace) -> Task[None]:
    screen = screen_for(args.profiles, args.screen)
    labelled = label_screen(screen, analysis.profiles, analysis.labels(args.confident))
    write_screen(labelled, args.labelled)
    count = int((labelled.sites["archetype"] != "").sum())
    yield Wrote(f"screen with {count} of {len(screen)} images labelled", str(args.labelled))


def _warn(analysis: Analysis, confident: float) -> Task[None]:
    counts = describe(analysis, confident)["confident"]
    if (counts > 0).sum() < 2:
        yield Warned(
            f"{(counts > 0).sum()} of {len(counts)} archetypes have a confident profile, and a network needs two: "
            "lower --confident, or ask for fewer archetypes with --num."
        )


def _plates(analysis: Analysis, confident: float) -> list[str]:
    plates = compositions(analysis, confident)
    if len(plates) < 2:
        return []
    judged = {"drift": "profiles", "control_drift": "negative controls"}
    known = {column: whose for column, whose in judged.items() if column in plates and plates[column].notna().any()}
    return [_farthest(plates, column, whose) for column, whose in known.items()]


def _farthest(plates: pd.DataFrame, column: str, whose: str) -> str:
    """Name the plate that differs most by a column of the table, which the line names too."""
    worst = plates.iloc[int(plates[column].fillna(-1.0).to_numpy().argmax())]
    moved = f"{worst[column]:.0%} of their weight lies elsewhere"
    return f"by its {whose} ({column}), plate {worst['plate']} differs most from the mean over plates: {moved}"


def _controls(analysis: Analysis) -> list[str]:
    if not np.isin(control_kinds(analysis.profiles.table), ["negative", "positive"]).any():
        return ["no controls are known; none can be out of place"]
    outside = controls_outside(analysis)
    scale = f"by {analysis.profiles.level} profiles, {analysis.profiles.provenance['scale']}"
    if not len(outside):
        return [f"all controls lie where their kind does, {scale}"]
    worst = outside.iloc[0]
    place = "/".join(str(worst[name]) for name in ("batch", "plate", "well") if name in outside)
    found = f"{worst['found']} ({worst['found_weight']:.2f}) instead of {worst['expected']}"
    lie = counted(len(outside), "control well lies", "control wells lie")
    return [f"{lie} elsewhere than their kind, {scale}; first of all {place}: {found}"]
