"""`cdcl serve`: a model that answers the window while somebody clicks."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_for

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from typing import TextIO

    from cdcl.tasks import Task

_LINE_LETTERS = 2**16
"""No question is longer; the rest of a longer line is refused as questions of its own."""


def perform(args: Namespace) -> None:
    """Answer the lines of standard input; events tell of each answer."""
    args.events = True
    run_task(_serve(args), args)


def _serve(args: Namespace) -> Task[None]:
    screen = screen_for(args.model, args.screen)
    from cdcl.inference import load_model
    from cdcl.inference.serve import serve

    model = load_model(args.model, args.device or "auto")
    yield from serve(model, screen, _lines(sys.stdin), args.out, cache_folder=args.cache)


def _lines(stream: TextIO) -> Iterator[str]:
    """Give the lines of standard input; what is no UTF-8 is replaced, and then refused as a question."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")
    return iter(lambda: stream.readline(_LINE_LETTERS), "")
