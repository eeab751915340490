"""A run's network as one folder that can be given away: weights.safetensors and weights.json, nothing else."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors, replaced_folder
from cdcl.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs.run import Run

FILES = ("weights.safetensors", "weights.json")


def export_model(run: Run, folder: Path, step: int | None = None) -> Path:
    """Copy the network of a checkpoint, by default the newest, to a new folder; the verb `embed` takes it as it is.

    Parameters
    ----------
    folder
        Where; it must be empty or not there.
    step
        Of the checkpoint; None takes the newest.

    Returns
    -------
    Path
        `folder`, with weights.safetensors and weights.json in it.

    Raises
    ------
    RunError
        If the run has no such checkpoint, or there is something at `folder`.
    DiskError
        If it cannot be written.
    """
    steps = run.checkpoint_steps()
    if not steps or (step is not None and step not in steps):
        known = ", ".join(map(str, steps)) or "none yet"
        raise RunError(f"{run.folder} has no checkpoint{'' if step is None else f' {step}'}; there are: {known}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} already exists; choose another place for the model.")
    source = run.checkpoints / str(steps[-1] if step is None else step)
    missing = [name for name in FILES if not (source / name).is_file()]
    if missing:
        raise RunError(f"{source} is damaged: no {missing[0]} in it; choose another checkpoint.")
    with disk_errors(folder):
        if folder.is_dir():
            folder.rmdir()
        with replaced_folder(folder) as temporary:
            for name in FILES:
                shutil.copyfile(source / name, temporary / name)
    return folder
