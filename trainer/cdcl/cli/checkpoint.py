"""Which weights a verb uses: a run's newest, or with `--best` those that did best on its validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.parser import UsageError
from cdcl.events import Said
from cdcl.runs import find_run
from cdcl.runs.best import best_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.tasks import Task


def weights_of(run_or_model: Path, *, best: bool) -> Task[Path]:
    """Give what to load, and say it where it was asked for.

    Raises
    ------
    UsageError
        If the best is asked of what is no run.
    RunError
        If none was validated.
    """
    if not best:
        return run_or_model
    run = find_run(run_or_model)
    if run is None:
        raise UsageError(f"--best is for a run, which has several checkpoints; {run_or_model} is none.")
    found = best_checkpoint(run)
    yield Said(found.in_words())
    return run.checkpoints / str(found.step)
