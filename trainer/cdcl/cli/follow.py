"""`cdcl follow`: see a run that trains on a cluster, again or still."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from cdcl.cli import INTERRUPTED
from cdcl.cli.progress import run_task
from cdcl.cli.streams import tell
from cdcl.clusters.remote.follower import follow
from cdcl.clusters.remote.submission import read_submission
from cdcl.runs import Run
from cdcl.runs.lock import held

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.clusters.remote.submission import Submission


def perform(args: Namespace) -> int:
    """Follow a submitted run to its end."""
    return follow_aloud(args, read_submission(args.run), Run(args.run))


def follow_aloud(args: Namespace, submission: Submission, run: Run) -> int:
    """Follow a run; Ctrl-C leaves the job alone, and a file STOP ends it at its next step."""
    run.folder.mkdir(parents=True, exist_ok=True)
    try:
        # The folder here says "running" for as long as it is kept up; one that is shared says so by itself.
        with nullcontext() if submission.shared else held(run.running):
            run_task(follow(submission, run), args)
    except KeyboardInterrupt:
        tell(f"the job goes on; follow it again with: cdcl follow {run.folder}, or end it: touch {run.stop}")
        return INTERRUPTED
    return 0
