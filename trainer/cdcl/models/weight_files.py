"""Weights from files that anyone may hand us: read as plain tensors, never as code.

.safetensors hold tensors alone. PyTorch's own files (.pth, .pt, .bin, .ckpt) are pickles: they are read with
`weights_only=True`, which builds tensors, numbers and containers and refuses everything else by name.
"""

from __future__ import annotations

import argparse
import pickle
import re
import zipfile
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from cdcl.bounded import check_archive, check_regular, read_json
from cdcl.errors import CDCLError, ModelError
from cdcl.models.weight_parts import INDEXES, is_part, read_parts

if TYPE_CHECKING:
    from pathlib import Path

PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".tar")
"""Suffixes of PyTorch's own files."""

WEIGHTS = "weights.safetensors"
IN_FOLDERS = (WEIGHTS, "model.safetensors", "pytorch_model.bin")
"""What weights are called in a folder: ours, Hugging Face's, and Hugging Face's older ones."""

CARD = "weights.json"
"""Stands beside our own weights and says what they are of."""

_MODULES = ("torch.nn.", "torchvision.", "timm.", "transformers.")
"""Whose classes stand in a pickle of a whole network."""

_HARMLESS: list[Any] = [argparse.Namespace]
"""DINO's training checkpoints keep their command line in one; it is a bag of names that runs nothing."""


def find_weights(path: Path) -> Path:
    """Find the file of weights that `path` means: itself, one in a folder, or a run's newest checkpoint.

    Raises
    ------
    ModelError
        If there is none, or it is of an unknown kind.
    """
    if path.is_dir():
        inside = [path / name for name in (*IN_FOLDERS, *INDEXES) if (path / name).is_file()]
        kept = [file for file in (path / "checkpoints").glob(f"*/{WEIGHTS}") if file.parent.name.isdecimal()]
        inside += sorted(kept, key=lambda file: int(file.parent.name), reverse=True)
        if not inside:
            raise ModelError(f"{path} holds no weights: neither {', '.join(IN_FOLDERS)} nor a checkpoint of a run.")
        return inside[0]
    if not path.is_file():
        raise ModelError(f"there is no file or folder {path} to read weights from.")
    if path.suffix not in (".safetensors", *PICKLES) and path.name not in INDEXES:
        raise ModelError(f"{path}: weights are read from .safetensors, {', '.join(PICKLES)}, a run, a model's folder.")
    if is_part(path):
        raise ModelError(f"{path} is one part of a model; give its folder, with all parts and their index.")
    return path


def read_weights(path: Path) -> dict[str, Any]:
    """Read a file of weights, or the parts that an index names: tensors by name, in a .pth perhaps some levels down.

    Returns
    -------
    dict
        Tensors by name, or nested dicts of them.

    Raises
    ------
    ModelError
        If it is damaged, or holds anything but tensors, numbers, texts and containers.
    """
    check_regular(path, ModelError)
    if path.name in INDEXES:
        return read_parts(path, read_weights)
    try:
        _check_fetched(path)
        if path.suffix == ".safetensors" and not _begins_as_archive(path):
            return dict(load_file(path))
        if zipfile.is_zipfile(path):
            check_archive(path, ModelError)
        # Opened here: given a path, newer torch goes by its suffix.
        with path.open("rb") as file, torch.serialization.safe_globals(_HARMLESS):
            tree = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(f"{path} is refused: {_what_it_holds(error)}. Nothing of it was run.") from error
    except ModelError:
        raise
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        # What was not found says nothing: of a text it is a letter's number.
        told = [] if isinstance(error, LookupError) else str(error).splitlines()
        reason = (told or [type(error).__name__])[0][:120]
        raise ModelError(f"{path} cannot be read as weights, it is damaged or cut short ({reason}).") from error
    if not isinstance(tree, dict):
        raise ModelError(f"{path} holds a {type(tree).__name__}, not tensors by name.")
    return tree


def read_card(weights: Path) -> dict[str, Any]:
    """Read the card beside our own weights; empty where there is none that can be read."""
    try:
        return read_json(weights.parent / CARD)
    except CDCLError:
        return {}


def tensors_of(tree: dict[str, Any]) -> dict[str, Tensor]:
    """Give every tensor in nested dicts by its path, joined by dots."""
    found: dict[str, Tensor] = {}
    for name, value in tree.items():
        if isinstance(value, Tensor):
            found[str(name)] = value
        elif isinstance(value, dict):
            found |= {f"{name}.{inner}": tensor for inner, tensor in tensors_of(value).items()}
    return found


def _check_fetched(path: Path) -> None:
    """Refuse what browsers and git leave in place of weights.

    Raises
    ------
    ModelError
        If the file is empty, a page, or the pointer of Git LFS.
    """
    with path.open("rb") as file:
        head = file.read(64).lstrip().lower()
    if not head:
        raise ModelError(f"{path} is empty; fetch it again.")
    if head.startswith(b"version https://git-lfs"):
        raise ModelError(f"{path} only points to the weights: `git lfs pull` in its folder fetches them.")
    if head.startswith((b"<!doctype", b"<html")):
        raise ModelError(f"{path} is a web page, such as one to sign in, and no weights; fetch the file itself.")


def _begins_as_archive(path: Path) -> bool:
    """Tell whether a file is one of PyTorch's, a ZIP archive, whatever its name says: OpenPhenom's is published so."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _what_it_holds(error: Exception) -> str:
    """Name what a pickle wanted to build or call."""
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named and named[1].startswith(_MODULES):
        return f"it holds a whole {named[1]}, which is code; where it was made, save its model.state_dict() instead"
    if named:
        return f"it is a pickle that calls {named[1]}, which is code and no weight"
    return "it is a damaged pickle, or one that holds more than weights"
