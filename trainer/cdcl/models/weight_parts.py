"""A large model as Hugging Face keeps it: several files of weights, and an index that says which tensor is in which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdcl.bounded import read_json
from cdcl.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
"""What the index is called beside its parts."""

_PART = re.compile(r"-\d{5}-of-\d{5}$")


def is_part(path: Path) -> bool:
    """Tell by its name whether a file is one of several parts."""
    return bool(_PART.search(path.stem))


def read_parts(index: Path, read: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Read the tensors that an index names from the parts beside it.

    Parameters
    ----------
    index
        One of `INDEXES`.
    read
        Reads a part: tensors by name.

    Raises
    ------
    ModelError
        If the index names no parts, one of them is missing or cannot be read, or a tensor is not where it should be.
    """
    places = read_json(index, ModelError).get("weight_map")
    if not isinstance(places, dict) or not places or not all(_is_beside(index, name) for name in places.values()):
        raise ModelError(f"{index} names no parts beside it, as the index of a model in parts does.")
    names = sorted(set(places.values()))
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise ModelError(f"of the parts that {index} names, {missing[0]} is missing ({len(missing)} of {len(names)}).")
    found: dict[str, Any] = {}
    for name in names:
        held = read(index.parent / name)
        wanted = [tensor for tensor, place in places.items() if place == name]
        if absent := next((tensor for tensor in wanted if tensor not in held), None):
            raise ModelError(f"{index.parent / name} does not hold {absent}, which {index.name} says is in it.")
        found |= {tensor: held[tensor] for tensor in wanted}
    return found


def _is_beside(index: Path, name: object) -> bool:
    """Tell whether a name in an index can be that of a part: a file in the same folder, and not the index."""
    return isinstance(name, str) and "/" not in name and "\\" not in name and name not in ("", *INDEXES)
