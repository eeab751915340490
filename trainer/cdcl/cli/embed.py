"""`cdcl embed`: profiles of cells, sites, wells and treatments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.cells import cells_for
from cdcl.cli.checkpoint import weights_of
from cdcl.cli.job_scripts import asked_for, write_embedding
from cdcl.cli.parser import UsageError
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_for
from cdcl.config.known_models import is_known
from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.profiles import aggregate, write_profiles
from cdcl.runs import find_run
from cdcl.screen.site_names import images_of_one_site

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.inference import TrainedModel
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

_SUFFIXES = (".parquet", ".csv", ".csv.gz")


def perform(args: Namespace) -> None:
    """Embed a screen and write its profiles into the run, or to the file that was named."""
    if args.network is None and args.model is not None and not args.model.exists() and is_known(str(args.model)):
        args.network = str(args.model)
    if asked_for(args):
        write_embedding(args)
        return
    if args.network is not None:
        from cdcl.cli.embed_public import embed_public

        embed_public(args)
        return
    if args.model is None:
        raise UsageError("which network? Give a run, or --model NAME with --screen SOURCE; docs/models.md lists names.")
    run = find_run(args.model)
    if args.out is None and (run is None or args.screen is not None):
        raise ProfilesError("say where these profiles go with -o FILE; a run keeps only those of its own screen.")
    if args.out is None and args.level not in (None, "cell"):
        raise ProfilesError("a run gets the profiles of all levels; --level goes with -o FILE.")
    plates = args.out is not None and args.level == "cell" and args.out.suffix == ""
    if args.out is not None and not plates and not args.out.name.endswith(_SUFFIXES):
        raise ProfilesError(f"{args.out}: profiles are written as {', '.join(_SUFFIXES)}.")
    if args.out is not None and args.level == "cell" and not plates and args.out.suffix != ".parquet":
        named = f"{args.out}: profiles of cells, which may be many, are written as .parquet"
        raise ProfilesError(f"{named}, or a file a plate into a folder.")
    run_task(_embed(args, run), args)


def _embed(args: Namespace, run: Run | None) -> Task[None]:
    yield from embed_with(args, run, screen_for(args.model, args.screen))


def embed_with(args: Namespace, run: Run | None, screen: Screen) -> Task[None]:
    """Embed a screen with the model that `args` names and write its profiles into `run`, or to `args.out`."""
    # Imported late: what is wrong so far is said at once, without waiting for torch.
    from cdcl.inference import embed, load_model

    model = load_model((yield from weights_of(args.model, best=args.best)), args.device or "auto")
    if args.probe_blocks:
        from cdcl.inference.probe_blocks import with_best_block

        model = yield from with_best_block(model, screen, cache_folder=args.cache)
    if args.level == "cell" or args.cells is not None or model.config.cells.source != "none":
        yield from _embed_cells(args, run, model, screen)
        return
    profiles = yield from embed(model, screen, cache_folder=args.cache)
    if args.out is None:
        assert run is not None
        yield from keep_profiles(profiles, run)
    else:
        yield from _write(aggregate(profiles, args.level or "site"), args.out)


def _embed_cells(args: Namespace, run: Run | None, model: TrainedModel, screen: Screen) -> Task[None]:
    """Embed cell by cell; sites and wells are means over their cells."""
    from cdcl.inference import embed_cells

    path = cells_for(args.cells, args.screen)
    if path is None and args.screen is None and run is not None and run.cells.exists():
        path = run.cells
    level = args.level or "site"
    keeps = args.out is None or level == "cell"
    # Cells that nobody asked for are written all the same, for want of memory, and removed again.
    out = args.out or _run_of(run).profiles("cell")
    file = out if keeps else out.with_name(f".{out.name}.cells.parquet")
    try:
        pooled = yield from embed_cells(model, screen, file, path=path, cache_folder=args.cache)
        if pooled is None:
            return
        if keeps:
            yield Wrote("cell profiles", str(file))
        if args.out is None:
            yield from _keep(pooled.sites, pooled.wells, _run_of(run))
        elif level != "cell":
            yield from _write(pooled.sites if level == "site" else aggregate(pooled.wells, level), args.out)
    finally:
        if not keeps:
            file.unlink(missing_ok=True)


def _run_of(run: Run | None) -> Run:
    assert run is not None
    return run


def _keep(sites: Profiles, wells: Profiles, run: Run) -> Task[None]:
    yield from _write(sites, run.profiles("site"))
    yield from _write(wells, run.profiles("well"))
    try:
        yield from _write(aggregate(wells, "treatment"), run.profiles("treatment"))
    except ProfilesError as reason:
        yield _without(run, "treatment", reason)


def keep_profiles(profiles: Profiles, run: Run) -> Task[None]:
    """Write site profiles into a run, and with them those of its wells and treatments, where it has any."""
    yield from _write(profiles, run.profiles("site"))
    for level in ("well", "treatment"):
        try:
            coarse = aggregate(profiles, level)
        except ProfilesError as reason:
            yield _without(run, level, reason)
        else:
            yield from _write(coarse, run.profiles(level))


def _without(run: Run, level: str, reason: ProfilesError) -> Warned:
    """Take profiles of before away, for they are of other fields than those that were written now; say it."""
    path = run.profiles(level)
    old = f" {path} of before is taken away." if path.exists() else ""
    path.unlink(missing_ok=True)
    return Warned(f"no {level} profiles: {reason}{old}")


def _write(profiles: Profiles, path: Path) -> Task[None]:
    write_profiles(profiles, path)
    yield Wrote(_counted(profiles), str(path))


def _counted(profiles: Profiles) -> str:
    """Say how many profiles there are, and of what: where several images are of one site, each has a profile."""
    table = profiles.table
    if profiles.level != "site" or not images_of_one_site(table):
        return f"{len(profiles)} {profiles.level} profiles"
    cell = " (a cell each)" if "num_cells" in table and (table["num_cells"] == 1).all() else ""
    return f"{len(profiles)} profiles, one an image{cell}"
