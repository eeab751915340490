"""`cdcl report`: a run as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.events import Began, Ended, Wrote
from cdcl.report import write_report
from cdcl.runs import open_run

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Write the run's report.html."""
    run_task(_report(args), args)


def _report(args: Namespace) -> Task[None]:
    run = open_run(args.run)
    yield Began("report", unit="page")
    path = write_report(run)
    yield Ended()
    yield Wrote("report", str(path))
