"""`cdcl train`: a run, from its first step or from where it stopped."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

from cdcl.cli import INTERRUPTED
from cdcl.cli.parser import UsageError
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.cli.stopping import stops_on_signals
from cdcl.config import list_recipes, load_config
from cdcl.errors import RunError
from cdcl.readers import read_screen
from cdcl.runs import Run, record, reopen_run, start_run
from cdcl.screen.tables import write_screen
from cdcl.tasks import tap

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def perform(args: Namespace) -> int:
    """Train, or write the job script that does."""
    _check_usage(args)
    config = _read_config(args)
    if args.sbatch is not None:
        from cdcl.cli.sbatch import write_job

        write_job(args)
        return 0
    return _train(args, config, _read_screen(args))


def _check_usage(args: Namespace) -> None:
    if args.resume:
        return
    if args.config is None:
        raise UsageError(f"which recipe? Known: {', '.join(list_recipes())}; or give a .toml file, or --resume.")
    if args.screen is None:
        raise UsageError("which screen? Give --screen SOURCE; `cdcl scan SOURCE` says whether it is understood.")


def _read_config(args: Namespace) -> RunConfig:
    if args.config is None:
        reopen_run(args.out)
    overrides = [*args.set, *([f"device={args.device}"] if args.device else [])]
    return load_config(args.config or str(Run(args.out).config), overrides)


def _read_screen(args: Namespace) -> Screen:
    """Read the screen that was named, which on resuming must be the run's own."""
    run = Run(args.out)
    if args.screen is None:
        return screen_of(run)
    screen = read_screen(args.screen)
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


def _train(args: Namespace, config: RunConfig, screen: Screen) -> int:
    run = _open(args, config, screen)
    with stops_on_signals(run) as request:
        run_task(tap(_task(args, config, screen, run), request.notice), args, outlives_reader=True)
    stopped = request.made or (_leads() and run.status() == "stopped")
    if stopped and _leads():
        again = shlex.join(["cdcl", "train", "--out", str(args.out), "--resume"])
        print(f"go on with: {again}", file=sys.stderr)  # noqa: T201
    return INTERRUPTED if request.made else 0


def _open(args: Namespace, config: RunConfig, screen: Screen) -> Run:
    """Open the run's folder; of several processes that torchrun started, only the first writes."""
    if not _leads():
        return Run(args.out)
    if args.resume:
        return reopen_run(args.out, config)
    run = start_run(args.out, config)
    # Now, so that a run which is killed while pixels are decoded can go on without being told the screen again.
    write_screen(screen, run.screen)
    return run


def _task(args: Namespace, config: RunConfig, screen: Screen, run: Run) -> Task[Run]:
    from cdcl.training import train

    # A run that was killed before its first checkpoint begins anew.
    resume = args.resume and bool(run.checkpoint_steps())
    task = train(config, screen, run, resume=resume, cache_folder=args.cache)
    return record(task, run) if _leads() else task


def _leads() -> bool:
    return int(os.environ.get("RANK", "0")) == 0
