"""`cdcl demo`: everything at once, on a simulated screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.cli.streams import show, tell
from cdcl.cli.tables import align
from cdcl.demo import Demo, narrate, run_demo

if TYPE_CHECKING:
    from argparse import Namespace


def perform(args: Namespace) -> None:
    """Run the demo and print its table and what it means."""
    demo = Demo(args.out, seed=args.seed, steps=args.steps, device=args.device or "auto", cache=args.cache)
    try:
        comparison = run_task(run_demo(demo), args)
    except KeyboardInterrupt:
        tell("the same command goes on from here")
        raise
    if not args.events:
        show(f"\n{align(*comparison.cells())}\n\n{narrate(comparison)}\n\nSee {demo.report}")
