"""`cdcl hits`: which treatments do something, how strongly, and what they are like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdcl.atomic import replaced_file
from cdcl.cli.parser import UsageError
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Said, Wrote
from cdcl.hits import find_hits, write_hits
from cdcl.hits.files import FORMS
from cdcl.hits.reasons import count_of_hits
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles.shares import with_shares
from cdcl.quality import wells_of
from cdcl.report.montage import draw_montage
from cdcl.runs.own_tables import FLAGS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    import pandas as pd

    from cdcl.runs import Run
    from cdcl.tasks import Task

MOST_LINES = 20
"""A terminal's height, with room for heading and summary."""


def perform(args: Namespace) -> None:
    """Judge the treatments, print the strongest, and keep the table."""
    if args.out is not None and args.out.suffix.lower() not in FORMS:
        raise ProfilesError(f"{args.out}: hits are written as {' or '.join(FORMS)}.")
    if args.treatment and args.no_montage and args.montage is None:
        raise UsageError(
            "--treatment names what the montage shows, and --no-montage draws none; leave one of them out."
        )
    table = run_task(_hits(args), args)
    if not args.events:
        show(in_words(table))


def in_words(table: pd.DataFrame) -> str:
    """Say how many treatments are hits, and list the strongest."""
    hits = table[table["hit"]]
    rows = [_line(row) for row in hits.head(MOST_LINES).to_dict("records")]
    meaning = "q < 0.05, further from the controls than they are themselves"
    head = f"{count_of_hits(table)} ({meaning})"
    if not rows:
        return head
    shown = align(["treatment", "q", "effect", "batches agree", "cells", "looks like", "flags"], rows)
    more = f"\n... and {len(hits) - MOST_LINES} more in the table" if len(hits) > MOST_LINES else ""
    return f"{head}\n{shown}{more}"


def _line(row: Mapping[Hashable, Any]) -> list[str]:
    like = f"{row['like']} {_share(row['confidence'])}".strip()
    numbers = [f"{row['q']:.2g}", f"{row['effect']:.1f}", _number(row["across_batches"]), _share(row["cells"])]
    return [str(row["treatment"]), *numbers, like, str(row["flags"])]


def _hits(args: Namespace) -> Task[pd.DataFrame]:
    profiles, run = yield from profiles_of(args)
    out: Path | None = args.out or (run.hits if run else None)
    if out is None:
        raise ProfilesError(f"say where the hits of {args.profiles} go with -o FILE.csv or FILE.xlsx.")
    if run is None and (args.montage is not None or args.treatment):
        raise ProfilesError("a montage shows fields, so it needs a run with its screen, not a file of profiles.")
    wells = wells_of(profiles)
    if run is not None:
        wells = replace(wells, profiles=with_shares(wells.profiles, run))
    table = yield from find_hits(wells, flags=_flags(run), seed=args.seed)
    _check_treatments(args, table)
    write_hits(table, out)
    yield Wrote("hits", str(out))
    own = run.folder / "hits.png" if run and run.screen.exists() and not args.no_montage else None
    picture: Path | None = args.montage or own
    if picture is not None and run is not None:
        yield from _montage(args, run, table, picture)
    return table


def _check_treatments(args: Namespace, table: pd.DataFrame) -> None:
    unknown = sorted(set(args.treatment) - set(table["treatment"].astype(str)))
    if unknown:
        raise ProfilesError(unknown_name("treatment", unknown[0], table["treatment"].astype(str)))


def _montage(args: Namespace, run: Run, table: pd.DataFrame, path: Path) -> Task[None]:
    screen = screen_of(run)
    names = args.treatment or table.loc[table["hit"], "treatment"].astype(str).tolist()
    cache = yield from fill_cache(screen, args.cache or default_cache_folder())
    drawn = draw_montage(screen, cache, names)
    if not drawn:
        yield Said("no montage: there is no hit with a readable field beside a control of its plate")
        return
    with replaced_file(path) as temporary:
        temporary.write_bytes(drawn)
    yield Wrote("treatments beside their controls", str(path))


def _flags(run: Run | None) -> pd.DataFrame | None:
    path = run.folder / "quality" / "flags.csv" if run else None
    return FLAGS.read(path) if path is not None and path.exists() else None


def _number(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


def _share(value: float) -> str:
    return "" if value != value else f"{value:.0%}"
