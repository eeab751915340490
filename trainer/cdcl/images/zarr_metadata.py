"""The JSON that OME-Zarr groups and zarr arrays keep about themselves, versions 0.4 and 0.5; no pixel is read."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from pathlib import Path

MAX_JSON_BYTES = 64 * 2**20
"""Labels of a thousand channels take a hundredth of it; parsed it takes ten times its size."""


@dataclass(frozen=True)
class Level:
    """The first resolution of an image.

    Attributes
    ----------
    axes
        Their names, such as ("c", "y", "x"); the last two are y and x.
    path
        Of the array, as seen from the image's group.
    shape
        Of the array.
    scale, level
        The entries of `multiscales` and of its `datasets` that say so.
    """

    axes: tuple[str, ...]
    path: str
    shape: tuple[int, ...]
    scale: dict[str, Any]
    level: dict[str, Any]


def attributes(folder: Path) -> dict[str, Any]:
    """Give the OME metadata of a group, wherever its version keeps them; {} where there are none.

    Raises
    ------
    ScreenError
        If they are damaged.
    """
    found = all_attributes(folder)
    found = found.get("ome", found)
    return found if isinstance(found, dict) else {}


def all_attributes(folder: Path) -> dict[str, Any]:
    """Give all that a group or array says of itself, {} where there is nothing; errors as in `attributes`."""
    found = _json(folder / "zarr.json").get("attributes") or _json(folder / ".zattrs")
    return found if isinstance(found, dict) else {}


def array_shape(folder: Path) -> tuple[int, ...]:
    """Give the shape of an array, () where there is none; errors as in `attributes`."""
    shape = _json(folder / "zarr.json").get("shape") or _json(folder / ".zarray").get("shape")
    if not isinstance(shape, list) or not all(isinstance(length, int) and length > 0 for length in shape):
        return ()
    return tuple(shape)


def first_level(folder: Path, metadata: dict[str, Any]) -> Level:
    """Give the first resolution of the image in a group whose metadata are given.

    Raises
    ------
    ScreenError
        If they name none, or its axes do not fit the array.
    """
    scales = listed(metadata, "multiscales", folder)
    try:
        axes = tuple(str(axis["name"] if isinstance(axis, dict) else axis) for axis in scales[0]["axes"])
        level = scales[0]["datasets"][0]
        path = str(level["path"])
    except (LookupError, TypeError) as error:
        raise ScreenError(f"{folder}: its multiscales name no axes and datasets; write the plate again.") from error
    shape = array_shape(folder / path)
    if len(shape) != len(axes) or axes[-2:] != ("y", "x"):
        raise ScreenError(f"{folder / path}: axes {''.join(axes) or 'none'} do not fit the shape {shape}.")
    return Level(axes, path, shape, scales[0], level)


def listed(holder: object, name: str, where: Path) -> list[Any]:
    """Give a list by its name.

    Raises
    ------
    ScreenError
        If there is no list of that name.
    """
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        raise ScreenError(f"{where}: its metadata list no {name}; write the plate again.")
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        status = path.stat()
        if status.st_size > MAX_JSON_BYTES or not stat.S_ISREG(status.st_mode):
            raise ScreenError(f"{path} is larger than any metadata, or no file; is it a zarr group?")
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ScreenError(f"{path} cannot be read as JSON ({reason}); copy the plate again.") from error
    return value if isinstance(value, dict) else {}
