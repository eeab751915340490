"""A new run that begins at another run's checkpoint, with settings of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors, replaced_folder
from cdcl.errors import RunError
from cdcl.runs.opening import start_run
from cdcl.runs.run import Run, is_step

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig


def find_checkpoint(path: Path) -> tuple[Run, int]:
    """Give the run and the step of a checkpoint folder, or of a run's newest checkpoint.

    Parameters
    ----------
    path
        A folder `checkpoints/STEP` of a run, or a run.

    Returns
    -------
    run, step
        Steps are counted from the first of the run.

    Raises
    ------
    RunError
        If there is none.
    """
    if path.parent.name == "checkpoints" and is_step(path.name) and path.is_dir():
        return Run(path.parent.parent), int(path.name)
    run = Run(path)
    steps = run.checkpoint_steps()
    if not steps:
        raise RunError(f"{path} is neither a run with a checkpoint nor one of its folders checkpoints/STEP.")
    return run, steps[-1]


def branch_run(checkpoint: Path, folder: Path, config: RunConfig) -> Run:
    """Make a run that goes on from `checkpoint`. Files are copied, so that both runs stay whole when one is deleted.

    Parameters
    ----------
    checkpoint
        A folder `checkpoints/STEP` of a run, or a run, whose newest is taken.
    folder
        Of the new run; it must be empty or not there.
    config
        Of the new run.

    Returns
    -------
    Run
        With that checkpoint, its log, intensities and cells; to train it is to resume it.

    Raises
    ------
    RunError
        If there is no checkpoint, or `folder` holds something.
    DiskError
        If it cannot be written.
    """
    source, step = find_checkpoint(checkpoint)
    run = start_run(folder, config)
    with disk_errors(folder):
        for name in ("intensities", "illumination", "cells", "log"):
            old: Path = getattr(source, name)
            if old.exists():
                shutil.copyfile(old, getattr(run, name))
        with replaced_folder(run.checkpoints / str(step)) as temporary:
            shutil.copytree(source.checkpoints / str(step), temporary, dirs_exist_ok=True)
    return run
