"""`cdcl embed`: profiles of sites, wells and treatments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.cli.sources import find_run, screen_for
from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.profiles import aggregate, write_profiles

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task

_SUFFIXES = (".parquet", ".csv", ".csv.gz")


def perform(args: Namespace) -> None:
    """Embed a screen and write its profiles into the run, or to the file that was named."""
    run = find_run(args.model)
    if args.out is None and (run is None or args.screen is not None):
        raise ProfilesError("say where these profiles go with -o FILE; a run keeps only those of its own screen.")
    if args.out is None and args.level is not None:
        raise ProfilesError("a run gets the profiles of all levels; --level goes with -o FILE.")
    if args.out is not None and not args.out.name.endswith(_SUFFIXES):
        raise ProfilesError(f"{args.out}: profiles are written as {', '.join(_SUFFIXES)}.")
    run_task(_embed(args, run), args)


def _embed(args: Namespace, run: Run | None) -> Task[None]:
    screen = screen_for(args.model, args.screen)
    # Imported late: what is wrong so far is said at once, without waiting for torch.
    from cdcl.inference import embed, load_model

    model = load_model(args.model, args.device or "auto")
    profiles = yield from embed(model, screen, cache_folder=args.cache)
    if args.out is None:
        assert run is not None
        yield from keep_profiles(profiles, run)
    else:
        yield from _write(aggregate(profiles, args.level or "site"), args.out)


def keep_profiles(profiles: Profiles, run: Run) -> Task[None]:
    """Write site profiles into a run, and with them those of its wells and treatments, where it has any."""
    yield from _write(profiles, run.profiles("site"))
    for level in ("well", "treatment"):
        try:
            coarse = aggregate(profiles, level)
        except ProfilesError as reason:
            run.profiles(level).unlink(missing_ok=True)
            yield Warned(f"no {level} profiles: {reason}")
        else:
            yield from _write(coarse, run.profiles(level))


def _write(profiles: Profiles, path: Path) -> Task[None]:
    write_profiles(profiles, path)
    yield Wrote(f"{len(profiles)} {profiles.level} profiles", str(path))
