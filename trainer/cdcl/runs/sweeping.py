"""What killed processes left in a run folder, removed by whoever works there next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import sweep
from cdcl.errors import RunError

if TYPE_CHECKING:
    from cdcl.runs.run import Run

_FOLDERS = (
    "probes",
    "profiles",
    "projections",
    "attention",
    "corrections",
    "quality",
    "scores",
    "archetypes",
    "exports",
)


def sweep_run(run: Run) -> None:
    """Remove half-written files and folders; a checkpoint that was moved aside and not replaced is moved back.

    Only the holder of the run's lock may call it: in `checkpoints` nobody else writes.
    """
    sweep(run.checkpoints, everything=True)
    for folder in (run.folder, *(run.folder / name for name in _FOLDERS)):
        sweep(folder)


def refuse_links(run: Run) -> None:
    """Refuse to write into a run whose files or folders are links: what they point to belongs to somebody else.

    Raises
    ------
    RunError
        If there is one.
    """
    for path in (run.config, run.screen, run.events, run.log, run.running, run.checkpoints, run.snapshots):
        if path.is_symlink():
            raise RunError(f"{path} is a link, and nothing is written through one; put a copy of what it names there.")
