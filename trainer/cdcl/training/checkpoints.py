"""Checkpoints: weights that anyone can use, and the state that lets a run go on.

`checkpoints/<step>/weights.safetensors` + `weights.json` are the encoder and all that is needed to use it;
`state.pt` holds plain tensors and numbers and is read with `weights_only=True`.
"""

from __future__ import annotations

import json
import pickle
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

import torch
from safetensors.torch import save

from cdcl.atomic import replaced_folder
from cdcl.bounded import check_regular
from cdcl.errors import CDCLError, RunError
from cdcl.models.lora import plain_state
from cdcl.runs.best import best_of
from cdcl.runs.presence import check_present
from cdcl.runs.run import is_step

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from cdcl.runs import Run

WEIGHTS, CARD, STATE = "weights.safetensors", "weights.json", "state.pt"
KEPT = 2
"""Checkpoints kept besides the best."""

State = dict[str, Any]

_BROKEN = (pickle.UnpicklingError, zipfile.BadZipFile, MemoryError, RecursionError, CDCLError)


def save_checkpoint(run: Run, step: int, *, encoder: nn.Module, card: dict[str, Any], state: State) -> Path:
    """Write a checkpoint as a whole or not at all, then drop those that are no longer needed.

    Parameters
    ----------
    encoder
        Written to weights.safetensors, with adapters merged.
    card
        Written to weights.json.
    state
        What resuming needs: method and optimizer.

    Returns
    -------
    Path
        Folder of the checkpoint.

    Raises
    ------
    RunError
        If the run's folder was deleted or renamed.
    DiskError
        If it cannot be written.
    """
    check_present(run)
    folder = run.checkpoints / str(step)
    with replaced_folder(folder) as temporary:
        tensors = {name: value.detach().cpu().contiguous() for name, value in plain_state(encoder).items()}
        (temporary / WEIGHTS).write_bytes(save(tensors))
        (temporary / CARD).write_text(json.dumps({"step": step, **card}, indent=1), encoding="utf-8")
        _save_state({"step": step, **state}, temporary / STATE)
    drop_old(run)
    return folder


def drop_old(run: Run) -> None:
    """Drop the checkpoints that are no longer needed; also when a run goes on, for it may have been killed before."""
    steps = checkpoint_steps(run.checkpoints)
    for old in set(steps[:-KEPT]) - {best_step(run.checkpoints)}:
        if not (run.checkpoints / str(old)).is_symlink():
            shutil.rmtree(run.checkpoints / str(old), ignore_errors=True)


def best_step(folder: Path) -> int | None:
    """Name the kept step with the highest validation accuracy (the latest of equals); None without validation."""
    found = best_of({step: folder / str(step) for step in checkpoint_steps(folder)})
    return None if found is None else found.step


def load_state(run: Run) -> tuple[State, list[str]]:
    """Read the newest state that is whole.

    Returns
    -------
    state, damaged
        The state, and the paths of newer checkpoints that cannot be read.

    Raises
    ------
    RunError
        If there is no readable checkpoint.
    """
    damaged: list[str] = []
    for step in reversed(checkpoint_steps(run.checkpoints)):
        path = run.checkpoints / str(step) / STATE
        try:
            return _read_state(path), damaged
        except (OSError, RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, *_BROKEN):
            damaged.append(str(path))
    found = f"; damaged: {', '.join(damaged)}" if damaged else ""
    raise RunError(f"{run.folder} has no checkpoint to resume from{found}. Start it anew in another folder.")


def _read_state(path: Path) -> State:
    """Read plain tensors, and hold them against what a state is; nothing is unpickled but tensors and numbers."""
    size = check_regular(path)
    with zipfile.ZipFile(path) as archive:
        # What `torch.save` writes is not compressed: a file that claims more than its own size is not ours.
        if sum(entry.file_size for entry in archive.infolist()) > size:
            raise ValueError(f"{path} claims to hold more than its {size} bytes")
    state = torch.load(path, map_location="cpu", weights_only=True)
    sound = isinstance(state, dict) and isinstance(state.get("step"), int) and state["step"] >= 0
    if not sound or not all(isinstance(state.get(part), dict) for part in ("method", "optimizer")):
        raise ValueError(f"{path} is no state of a run")
    checked: State = state
    return checked


def _save_state(state: State, path: Path) -> None:
    """Write tensors; a refusal of the disk, which `torch.save` turns into an error of its own, comes out as it was."""
    with path.open("wb") as file:
        disk = _Disk(file)
        try:
            torch.save(_with_one_text_each(state), disk)  # type: ignore[arg-type]
        except RuntimeError:
            if disk.refusal is not None:
                raise disk.refusal from None
            raise


def _with_one_text_each(value: Any) -> Any:
    """Let equal names be one object: a pickle tells them apart, and a state that was loaded has copies of them.

    Then a run that was interrupted writes the bytes of one that was not.
    """
    if isinstance(value, str):
        return sys.intern(str(value))
    if type(value) is dict:
        return {_with_one_text_each(key): _with_one_text_each(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_with_one_text_each, value))
    return value


class _Disk:
    """A file that remembers why it could not be written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.refusal: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.refusal = error
            raise

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            self.refusal = error
            raise


def checkpoint_steps(folder: Path) -> list[int]:
    """List the steps that have a complete checkpoint, in order."""
    if not folder.is_dir():
        return []
    return sorted(int(entry.name) for entry in folder.iterdir() if is_step(entry.name) and (entry / STATE).exists())
