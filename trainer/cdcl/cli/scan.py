"""`cdcl scan`: what a screen on disk holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.errors import ScreenError
from cdcl.events import Said, Warned, Wrote
from cdcl.readers import describe, read_screen
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Read the screen, print its report, and write its table where asked."""
    report = run_task(_scan(args), args)
    if not args.events:
        print("\n".join(report))  # noqa: T201


def _scan(args: Namespace) -> Task[list[str]]:
    if args.out is not None and args.out.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{args.out}: a screen's table is written as .csv or .parquet.")
    screen = read_screen(args.source, layout=args.layout, metadata=args.metadata)
    report = describe(screen)
    if args.events:
        yield from (Said(line) for line in report.lines() if line not in report.notes)
        yield from (Warned(note) for note in report.notes)
    if args.out is not None:
        write_screen(screen, args.out)
        yield Wrote("screen", str(args.out))
    return report.lines()
