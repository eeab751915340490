"""Checkpoints: weights that anyone can use, and the state that lets a run go on.

`checkpoints/<step>/weights.safetensors` + `weights.json` are the encoder and all that is needed to use it;
`state.pt` holds plain tensors and numbers and is read with `weights_only=True`.
"""

from __future__ import annotations

import json
import pickle
import shutil
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from cdcl.atomic import replaced_folder
from cdcl.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from cdcl.runs import Run

WEIGHTS, CARD, STATE = "weights.safetensors", "weights.json", "state.pt"
KEPT = 2
"""Checkpoints kept besides the best."""

State = dict[str, Any]


def save_checkpoint(run: Run, step: int, *, encoder: nn.Module, card: dict[str, Any], state: State) -> Path:
    """Write a checkpoint as a whole or not at all, then drop those that are no longer needed."""
    folder = run.checkpoints / str(step)
    with replaced_folder(folder) as temporary:
        tensors = {name: value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
        save_file(tensors, temporary / WEIGHTS)
        (temporary / CARD).write_text(json.dumps({"step": step, **card}, indent=1), encoding="utf-8")
        torch.save({"step": step, **state}, temporary / STATE)
    steps = checkpoint_steps(run.checkpoints)
    for old in set(steps[:-KEPT]) - {best_step(run.checkpoints)}:
        shutil.rmtree(run.checkpoints / str(old), ignore_errors=True)
    return folder


def best_step(folder: Path) -> int | None:
    """Name the kept step with the highest validation accuracy (the latest of equals); None without validation."""
    scores = {step: _validation(folder / str(step) / CARD) for step in checkpoint_steps(folder)}
    known = {step: score for step, score in scores.items() if score is not None}
    return max(known, key=lambda step: (known[step], step), default=None)


def load_state(run: Run) -> tuple[State, list[str]]:
    """Read the newest state that can be read, and name those that could not.

    Raises
    ------
    RunError
        If there is no readable checkpoint.
    """
    damaged: list[str] = []
    for step in reversed(checkpoint_steps(run.checkpoints)):
        path = run.checkpoints / str(step) / STATE
        try:
            return torch.load(path, map_location="cpu", weights_only=True), damaged
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
            damaged.append(str(path))
    found = f"; damaged: {', '.join(damaged)}" if damaged else ""
    raise RunError(f"{run.folder} has no checkpoint to resume from{found}. Start it anew in another folder.")


def _validation(card: Path) -> float | None:
    try:
        value = json.loads(card.read_text(encoding="utf-8")).get("validation", {}).get("validation_accuracy")
    except (OSError, ValueError):
        return None
    return None if value is None else float(value)


def checkpoint_steps(folder: Path) -> list[int]:
    """List the steps that have a complete checkpoint, in order."""
    if not folder.is_dir():
        return []
    return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit() and (entry / STATE).exists())
