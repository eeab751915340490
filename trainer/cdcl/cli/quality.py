"""`cdcl quality`: whether an assay worked, and which wells to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.atomic import remove, replaced_file
from cdcl.cli.profile_sources import refuse_map, with_map
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.errors import CDCLError, ProfilesError, ScreenError
from cdcl.events import Warned, Wrote
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles.baselines import intensity_profiles
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.quality import (
    assess_profiles,
    compose,
    flag_fields,
    join_flags,
    measure_fields,
    plate_maps,
    wells_of,
    wells_table,
)
from cdcl.readers import read_screen
from cdcl.readers.unknown import UnknownTableError
from cdcl.report.flagged import Pictured, draw_flagged
from cdcl.report.plate_maps import plot_plate_maps
from cdcl.runs import find_run
from cdcl.runs.run import safe_name

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from cdcl.pixels.cache import PixelCache
    from cdcl.profiles import Profiles
    from cdcl.quality import Assessment, PlateMap
    from cdcl.screen import Screen
    from cdcl.tasks import Task

_MOST_LINES = 12
"""The rarest flags, half a terminal's height; all of them are in the table."""


def perform(args: Namespace) -> None:
    """Assess a run, a screen or a file of profiles; print what was found, and keep the tables."""
    if args.out is not None and args.out.suffix != ".csv":
        raise ProfilesError(f"{args.out}: the flags are written as .csv.")
    assessment = run_task(_quality(args), args)
    if not args.events:
        show(in_words(assessment))


def in_words(assessment: Assessment) -> str:
    """Say what was found: notes, separation, drift, and the flags, the rarest kinds first."""
    parts = [*(f"note: {note}" for note in assessment.notes), _separation(assessment.separation)]
    parts += [_drift(assessment.batches, "batch"), _drift(assessment.plates, "plate"), _flags(assessment.flags)]
    return "\n".join(part for part in parts if part)


def _quality(args: Namespace) -> Task[Assessment]:
    profiles, screen = _open(args.source)
    if args.metadata is not None:
        profiles = yield from _labelled(args, profiles, screen)
    maps = _maps(args, profiles) if profiles is not None else []
    cache, fields = None, None
    if screen is not None and not (args.no_fields and profiles is not None):
        try:
            cache = yield from fill_cache(screen, args.cache or default_cache_folder())
            if not args.no_fields:
                fields = yield from measure_fields(screen, cache)
        except CDCLError as reason:
            if profiles is None:
                raise
            yield Warned(f"fields are not judged: {reason}")
    if profiles is None:
        profiles = yield from _intensities(screen, cache)
        maps = _maps(args, profiles)
    yield from left_out(profiles)
    assessment = yield from assess_profiles(profiles)
    wells = wells_of(profiles)
    made_of = yield from compose(wells)
    flags = [assessment.flags, made_of.flags]
    if fields is not None and screen is not None:
        flags.append(flag_fields(screen, fields))
    notes = (*assessment.notes, *filter(None, [made_of.note]))
    assessment = replace(assessment, flags=join_flags(flags), notes=notes)
    further = {"wells.csv": wells_table(wells), "archetypes.csv": made_of.plates, "controls.csv": made_of.controls}
    yield from _write(args, assessment, {"fields.csv": fields, **further})
    if fields is not None and screen is not None and cache is not None:
        yield from _picture(args, Pictured(screen, cache, fields), assessment.flags)
    if args.map:
        yield from _draw(args, maps)
    return assessment


def _intensities(screen: Screen | None, cache: PixelCache | None) -> Task[Profiles]:
    assert screen is not None
    assert cache is not None
    return (yield from intensity_profiles(screen, cache))


def _open(source: Path) -> tuple[Profiles | None, Screen | None]:
    """Give the profiles there are, and the screen there is; one of them at least."""
    run = find_run(source)
    if run is not None:
        return open_profiles(source)[0], screen_of(run) if run.screen.exists() else None
    try:
        return None, read_screen(source)
    except ScreenError as no_screen:
        try:
            return open_profiles(source)[0], None
        except ProfilesError as no_profiles:
            # A table that names no images can only be one of profiles: what is wrong with these is the reason.
            raise (no_profiles if isinstance(no_screen, UnknownTableError) else no_screen) from None


def _labelled(args: Namespace, profiles: Profiles | None, screen: Screen | None) -> Task[Profiles]:
    """Join the plate map to profiles of a file; a screen, and a run, have their labels in their own table."""
    if profiles is None or screen is not None or find_run(args.source) is not None:
        refuse_map(args)
    assert profiles is not None
    return (yield from with_map(profiles, args.metadata))


def _place(args: Namespace, name: str) -> Path | None:
    """Give the file of a table: in the run's folder, or beside the one that was named."""
    if args.out is not None:
        path: Path = args.out
        return path if name == "flags.csv" else path.with_name(f"{path.stem}-{name}")
    run = find_run(args.source)
    return run.folder / "quality" / name if run else None


def _write(args: Namespace, assessment: Assessment, further: Mapping[str, pd.DataFrame | None]) -> Task[None]:
    tables = {
        "flags.csv": assessment.flags,
        "layout.csv": assessment.layout,
        "plates.csv": assessment.plates,
        "batches.csv": assessment.batches,
        "separation.csv": assessment.separation,
        **further,
    }
    for name, table in tables.items():
        path = _place(args, name)
        if path is None or table is None or not len(table.columns):
            continue
        with replaced_file(path) as temporary:
            table.to_csv(temporary, index=False)
        yield Wrote(name.removesuffix(".csv"), str(path))


def _picture(args: Namespace, pictured: Pictured, flags: pd.DataFrame) -> Task[None]:
    """Draw what is flagged beside what is usual; a sheet of a judgement before goes, where there is nothing to show."""
    path = _place(args, "flagged.png")
    if path is None:
        return
    remove(path)
    png = draw_flagged(pictured, flags)
    if png:
        with replaced_file(path) as temporary:
            temporary.write_bytes(png)
        yield Wrote("pictures of what is flagged", str(path))


def _maps(args: Namespace, profiles: Profiles) -> list[PlateMap]:
    """Lay out the value that was asked for, before anything is judged: a name that is not there is told at once."""
    if not args.map:
        return []
    if _place(args, "flags.csv") is None:
        raise ProfilesError(f"say where the plate maps of {args.source} go with -o FILE.csv; they lie beside it.")
    return plate_maps(wells_of(profiles), args.map)


def _draw(args: Namespace, maps: list[PlateMap]) -> Task[None]:
    path = _place(args, f"map-{safe_name(args.map)}.png")
    assert path is not None  # _maps refused what has no place
    with replaced_file(path) as temporary:
        temporary.write_bytes(plot_plate_maps([(plate.name, plate.values) for plate in maps], title=args.map))
    yield Wrote("plate maps", str(path))


def _separation(table: pd.DataFrame) -> str:
    if not len(table):
        return ""
    columns = ["z_prime", "robust_z_prime", "ssmd", "auc"]
    middle = table.groupby(["positive", "value"], sort=False)[columns].median()
    plates = table.groupby(["positive", "value"], sort=False)["plate"].nunique()
    rows = [
        [*map(str, key), str(count), *(f"{figure:.2f}" for figure in figures)]
        for key, count, figures in zip(list(middle.index), plates, middle.to_numpy(), strict=True)
    ]
    header = ["positive control", "by", "plates", "Z'", "robust Z'", "SSMD", "AUC"]
    return "\n" + align(header, rows) + "\n(medians over plates)"


def _drift(table: pd.DataFrame, kind: str) -> str:
    if len(table) < 2:
        return ""
    worst = table.sort_values("drift", ascending=False).head(3)
    named = ", ".join(f"{row[kind]} {row['drift']:.2f}" for _, row in worst.iterrows())
    who = "all wells" if set(table["reference"]) == {"all"} else "controls"
    return f"\ndrift of {who} by {kind}: median {table['drift'].median():.2f} deviations; farthest {named}"


def _flags(flags: pd.DataFrame) -> str:
    if not len(flags):
        return "\nnothing flagged"
    counts = flags["flag"].value_counts()
    rare = flags.assign(number=flags["flag"].map(counts)).sort_values("number", kind="stable").head(_MOST_LINES)
    lines = [[row.plate, row.well, row.site, row.flag, row.channel, row.reason] for row in rare.itertuples()]
    shown = align(["plate", "well", "site", "flag", "channel", "reason"], [list(map(str, line)) for line in lines])
    summed = ", ".join(f"{count} {flag}" for flag, count in counts.items())
    more = f"\n... and {len(flags) - len(rare)} more" if len(flags) > len(rare) else ""
    return f"\nflagged: {summed}\n{shown}{more}"
