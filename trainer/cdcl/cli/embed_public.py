"""`cdcl embed --model`: a public network, as it is, leaves a run like any other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.cells import cells_for
from cdcl.cli.parser import UsageError
from cdcl.cli.progress import run_task
from cdcl.cli.sources import read_and_report
from cdcl.errors import RunError
from cdcl.runs import Run, record, start_run

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.config import RunConfig
    from cdcl.inference.network_choice import Network
    from cdcl.screen import Screen
    from cdcl.tasks import Task

_FILES = (".parquet", ".csv", ".csv.gz")


def embed_public(args: Namespace) -> None:
    """Embed a screen with a public network into a new run, `--out`, or to a file of profiles."""
    if args.screen is None:
        raise UsageError("which screen? Give --screen SOURCE; `cdcl scan SOURCE` says whether it is understood.")
    if args.model is not None and args.model.exists():
        raise UsageError(f"{args.model} and --model {args.network} are two networks; leave one out.")
    if args.out is None:
        args.out = Path("runs") / Path(args.network).name.split(".")[0]
    if args.out.name.endswith(_FILES):
        with tempfile.TemporaryDirectory(prefix="cdcl-") as folder:
            run_task(_into_file(args, Path(folder) / "run"), args)
        return
    _check_new(args.out)
    run_task(into_run(args, args.out), args)


def _check_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} already exists; name another folder for the run with --out.")


def into_run(args: Namespace, folder: Path) -> Task[None]:
    """Embed a screen with a public network into a new run."""
    network, config, screen = yield from _ready(args)
    run = start_run(folder, config)
    args.model, args.out = folder, None
    yield from record(_both(args, network, config, screen, run), run)


def _into_file(args: Namespace, folder: Path) -> Task[None]:
    network, config, screen = yield from _ready(args)
    args.model = folder
    yield from _both(args, network, config, screen, start_run(folder, config))


def _ready(args: Namespace) -> Task[tuple[Network, RunConfig, Screen]]:
    """Find out all that can be wrong before there is a folder and before any pixel is decoded."""
    from cdcl.inference.frozen import frozen_config
    from cdcl.inference.network_choice import Choice
    from cdcl.inference.public_networks import find_network

    cells_for(args.cells, args.screen)  # one that is missing is said before there is a folder
    screen = yield from read_and_report(args.screen)
    channels = tuple(name.strip() for name in args.channels.split(",") if name.strip())
    choice = Choice(args.network, args.known_as, channels, args.accept_licence, args.heads)
    network = yield from find_network(choice, screen)
    overrides = [*args.set, *([f"device={args.device}"] if args.device else [])]
    return network, (yield from frozen_config(network, screen, overrides)), screen


def _both(args: Namespace, network: Network, config: RunConfig, screen: Screen, run: Run) -> Task[None]:
    from cdcl.cli.embed import embed_with
    from cdcl.inference.frozen import keep_frozen

    yield from keep_frozen(network, config, screen, run, cache_folder=args.cache)
    yield from embed_with(args, run, screen)
