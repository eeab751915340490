"""`cdcl serve`: a model that answers the window while somebody clicks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_for

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Answer the lines of standard input; events tell of each answer."""
    args.events = True
    run_task(_serve(args), args)


def _serve(args: Namespace) -> Task[None]:
    screen = screen_for(args.model, args.screen)
    from cdcl.inference import load_model
    from cdcl.inference.serve import serve

    model = load_model(args.model, args.device or "auto")
    yield from serve(model, screen, iter(sys.stdin.readline, ""), args.out, cache_folder=args.cache)
