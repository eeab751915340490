"""A job script's own clock, where the scheduler's notice comes too late for a checkpoint or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.clusters.job import NOTICE_SECONDS

if TYPE_CHECKING:
    from cdcl.clusters.job import Machines


def start(machines: Machines) -> str:
    """Give the line that signals the script when its time is nearly up."""
    seconds = machines.seconds - NOTICE_SECONDS
    # The clock takes its `sleep` along when it is ended, which would else hold the job's output open for hours.
    nap = f"trap 'kill $nap' TERM; sleep {seconds} & nap=$!; wait $nap && kill -USR1 $$"
    return f"({nap}) >/dev/null 2>&1 &\ntimer=$!\n"


def end() -> str:
    """Give the line that ends the clock, or the job would wait for it."""
    return 'kill "$timer" 2>/dev/null'
