"""`cdcl train`: a run, from its first step or from where it stopped."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cdcl.cells import read_cells, write_cells
from cdcl.cli import INTERRUPTED
from cdcl.cli.cells import cells_for
from cdcl.cli.job_scripts import asked_for, write_training
from cdcl.cli.parser import UsageError
from cdcl.cli.progress import run_task
from cdcl.cli.sources import read_and_report, screen_of
from cdcl.cli.stopping import stops_on_signals
from cdcl.cli.streams import tell
from cdcl.config import list_recipes, load_config
from cdcl.errors import RunError, ScreenError
from cdcl.runs import Run, branch_run, find_checkpoint, record, reopen_run, start_run
from cdcl.runs.opening import check_continues
from cdcl.screen.comparison import first_difference
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish, tap

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence

    from cdcl.cells import Cells
    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def perform(args: Namespace) -> int:
    """Train, or write the job script that does."""
    _check_usage(args)
    config = _read_config(args)
    if command := asked_for(args):
        write_training(args, command)
        return 0
    heard: list[Event] = []
    screen = run_task(tap(_read_screen(args), heard.append), args)
    return _train(args, config, screen, heard)


def _check_usage(args: Namespace) -> None:
    if args.log not in (None, "tensorboard", "wandb"):
        raise UsageError(f"--log {args.log}: known are tensorboard and wandb.")
    if args.resume and args.cells is not None:
        raise UsageError("a run goes on with the cells it has; leave --cells out.")
    if args.resume and args.from_checkpoint is not None:
        raise UsageError("--resume goes on in the run's own folder; leave --from-checkpoint out, or --resume.")
    args.resume = args.resume and (Run(args.out).config.exists() or not _says_how_to_begin(args))
    if args.resume or args.from_checkpoint is not None:
        return
    if args.config is None:
        raise UsageError(f"which recipe? Known: {', '.join(list_recipes())}; or give a .toml file, or --resume.")
    if args.screen is None:
        raise UsageError("which screen? Give --screen SOURCE; `cdcl scan SOURCE` says whether it is understood.")


def _says_how_to_begin(args: Namespace) -> bool:
    """Tell whether a command that resumes could also begin: one line for a queue that may start or restart it."""
    return args.config is not None and args.screen is not None


def _read_cells(args: Namespace, config: RunConfig, screen: Screen) -> Task[Cells | None]:
    """Read the coordinates that were named, or lie beside the screen, where the config wants any."""
    path = None if args.resume or config.cells.source not in ("auto", "table") else cells_for(args.cells, args.screen)
    if path is None or not _leads():
        return None
    try:
        return (yield from read_cells(path, screen))
    except ScreenError as error:
        if args.cells is not None:
            raise
        raise ScreenError(
            f"{error} It lies beside the screen; name others with --cells FILE, or move it away."
        ) from error


def _read_config(args: Namespace) -> RunConfig:
    own = Run(args.out)
    if args.from_checkpoint is not None:
        own, _ = find_checkpoint(args.from_checkpoint)
    elif args.config is None:
        reopen_run(args.out)
    overrides = [
        *args.set,
        *(["cells.source=table"] if args.cells else []),
        *([f"device={args.device}"] if args.device else []),
    ]
    return load_config(args.config or str(own.config), overrides)


def _read_screen(args: Namespace) -> Task[Screen]:
    """Read the screen that was named, which on resuming must be the run's own."""
    run = Run(args.out) if args.from_checkpoint is None else find_checkpoint(args.from_checkpoint)[0]
    if args.screen is None:
        return screen_of(run)
    screen = yield from read_and_report(args.screen)
    if args.resume and run.screen.exists():
        _check_same(screen, screen_of(run), args)
    return screen


def _check_same(screen: Screen, own: Screen, args: Namespace) -> None:
    places = ["plate", "well", "site"]
    if screen.channels != own.channels or not screen.sites[places].equals(own.sites[places]):
        raise RunError(
            f"{args.screen} ({len(screen)} images) is not the screen of {args.out} ({len(own)} images); "
            "leave --screen out to go on with its own."
        )
    if found := first_difference(screen, own):
        raise RunError(
            f"{args.screen} is not the table that {args.out} was trained on: {found}. Leave --screen out to go on with "
            "its own, or train a new run."
        )


def _train(args: Namespace, config: RunConfig, screen: Screen, heard: Sequence[Event]) -> int:
    if args.resume:
        check_continues(Run(args.out), config)  # before what this screen lacks for settings that are not the run's
    run_task(_check(args, config, screen), args)
    cells = run_task(_read_cells(args, config, screen), args)
    run = _open(args, config, screen)
    if cells is not None:
        write_cells(cells, screen, run.cells)
    logged = _logger(args, run)
    with logged as note, stops_on_signals(run) as request:
        task = tap(_task(args, config, screen, run), note)
        task = _skipped(record(_preceded(heard, task), run), len(heard)) if _leads() else task
        run_task(tap(task, request.notice), args, outlives_reader=True)
    stopped = request.made or (_leads() and run.status() == "stopped")
    if stopped and _leads():
        again = shlex.join(["cdcl", "train", "--out", str(args.out), "--resume"])
        tell(f"go on with: {again}")
    return INTERRUPTED if request.made else 0


@contextmanager
def _logger(args: Namespace, run: Run) -> Iterator[Callable[[Event], None]]:
    """Give what writes events in the form of the logger that was asked for; nothing where none was."""
    if args.log is None or not _leads():
        yield lambda event: None
        return
    from cdcl.training.loggers import make_logger

    begins_at = max(run.checkpoint_steps(), default=0) if args.resume else 0
    logger = make_logger(args.log, run.folder, begins_at)
    try:
        yield logger.note
    finally:
        logger.close()


def _check(args: Namespace, config: RunConfig, screen: Screen) -> Task[None]:
    """Refuse what cannot be trained before there is a folder; where the weights come from is told later."""
    from cdcl.training.loggers import load_package
    from cdcl.training.preparation import check_screen, ready_network

    yield from ()  # a task, so that whoever reads events hears of a failure
    if args.log is not None:
        load_package(args.log)
    check_screen(screen, config)
    finish(ready_network(config, screen.channels))


def _open(args: Namespace, config: RunConfig, screen: Screen) -> Run:
    """Open the run's folder; of several processes that torchrun started, only the first writes."""
    if not _leads():
        return Run(args.out)
    if args.resume:
        return reopen_run(args.out, config)
    if args.from_checkpoint is None:
        run = start_run(args.out, config)
    else:
        other = _other_images(args, screen)
        run = branch_run(args.from_checkpoint, args.out, config)
        if other:
            run.intensities.unlink(missing_ok=True)
            run.illumination.unlink(missing_ok=True)
            tell(f"{args.screen} has other images than the run it begins from: their intensities are measured anew")
    # Now, so that a run which is killed while pixels are decoded can go on without being told the screen again.
    write_screen(screen, run.screen)
    return run


def _other_images(args: Namespace, screen: Screen) -> bool:
    """Tell whether a branch trains on other images than its source; its channels must be the same, by name and order.

    Raises
    ------
    RunError
        If they are not.
    """
    if args.screen is None:
        return False
    own = screen_of(find_checkpoint(args.from_checkpoint)[0])
    if screen.channels != own.channels:
        raise RunError(
            f"{args.from_checkpoint} was trained on the channels {', '.join(own.channels)}, in this order; the screen "
            f"has {', '.join(screen.channels)}. --set model.pretrained={args.from_checkpoint}, without "
            "--from-checkpoint, begins a new run from its weights and matches channels by name."
        )
    return screen.image_references() != own.image_references()


def _task(args: Namespace, config: RunConfig, screen: Screen, run: Run) -> Task[Run]:
    from cdcl.training import train

    # A run that was killed before its first checkpoint begins anew.
    resume = args.from_checkpoint is not None or (args.resume and bool(run.checkpoint_steps()))
    return train(config, screen, run, resume=resume, cache_folder=args.cache)


def _preceded(heard: Sequence[Event], task: Task[Run]) -> Task[Run]:
    """Let what was heard before the run had a folder stand in its record, too."""
    yield from heard
    return (yield from task)


def _skipped(task: Task[Run], count: int) -> Task[Run]:
    """Go through the first events of a task without showing them again."""
    for _ in range(count):
        next(task)
    return (yield from task)


def _leads() -> bool:
    return os.environ.get("RANK", "0") == "0"
