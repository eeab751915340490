"""`cdcl measure`: classical features of nuclei and cells, as profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.classical import Objects, classical_profiles
from cdcl.classical.measuring import check_package
from cdcl.cli.progress import run_task
from cdcl.errors import ProfilesError
from cdcl.events import Said, Wrote
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles import write_profiles
from cdcl.readers import read_screen

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Measure a screen and write profiles."""
    if not args.out.name.lower().endswith((".parquet", ".csv", ".csv.gz")):
        raise ProfilesError(f"{args.out}: profiles are written as .parquet, .csv or .csv.gz.")
    if args.diameter < 0 or args.workers < 1:
        raise ProfilesError("--diameter is a number of pixels, and --workers one or more.")
    check_package()
    run_task(_measure(args, args.out), args)


def _measure(args: Namespace, out: Path) -> Task[None]:
    screen = read_screen(args.source)
    cache = yield from fill_cache(screen, args.cache or default_cache_folder())
    objects = Objects(args.channel, args.diameter, args.all, args.level)
    profiles = yield from classical_profiles(screen, cache, objects, workers=args.workers)
    write_profiles(profiles, out)
    yield Wrote(f"{len(profiles):,} profiles of {profiles.values.shape[1]:,} features", str(out))
    yield Said(f"next: `cdcl correct {out} --method robust-z`, since each feature has a unit of its own")
