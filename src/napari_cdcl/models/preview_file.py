"""preview.json, which a child left in a folder: validated where it is read, like all that a child leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cdcl.bounded import check_regular, read_json
from cdcl.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_VIEWS = 1000
"""Views that are shown at most: a preview draws a few dozen."""

_COUNTS = ("images", "steps", "batch_size", "cache_bytes")
_OPTIONAL = ("seconds_per_step", "memory_bytes", "largest_batch")


@dataclass(frozen=True)
class PreviewView:
    """A view as the network will see one.

    Attributes
    ----------
    picture
        A PNG in the preview's folder.
    kind
        global or local.
    partner
        Whether it is cut from the partner's image.
    anchor
        Which image it belongs to, from 0.
    place
        Plate, well, batch, treatment, ... of its image, as far as known.
    """

    picture: Path
    kind: str
    partner: bool
    anchor: int
    place: Mapping[str, str]


@dataclass(frozen=True)
class PreviewFile:
    """What a run will take, and views of a few images."""

    estimate: Mapping[str, Any]
    views: tuple[PreviewView, ...]


def read_preview(folder: Path) -> PreviewFile:
    """Read what the verb `preview` wrote.

    Raises
    ------
    RunError
        If it is not there, or not what that verb writes.
    """
    path = folder / "preview.json"
    found = read_json(path, RunError)
    try:
        views = found["views"]
        if not isinstance(views, list) or len(views) > MOST_VIEWS:
            raise TypeError("views")
        return PreviewFile(_estimate(found["estimate"]), tuple(_view(view, folder) for view in views))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{path} holds no preview ({type(error).__name__}: {error}); preview again.") from error


def _estimate(found: dict[str, Any]) -> dict[str, Any]:
    for name in (*_COUNTS, *_OPTIONAL):
        value = found[name] if name in _COUNTS else found.get(name)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
        if not fits and not (value is None and name in _OPTIONAL):
            raise ValueError(f"{name} is {str(value)[:40]!r}, no count")
    return {**found, "device": str(found["device"])[:40]}


def _view(found: dict[str, Any], folder: Path) -> PreviewView:
    name = found["file"]
    if PurePath(name).name != name or not name.endswith(".png"):
        raise ValueError(f"{name[:40]!r} is no picture of the folder")
    check_regular(folder / name, RunError)
    if found["kind"] not in ("global", "local"):
        raise ValueError(f"{str(found['kind'])[:40]!r} is no kind of view")
    place = {str(key)[:80]: str(value)[:200] for key, value in found["place"].items()}
    return PreviewView(folder / name, found["kind"], bool(found["partner"]), int(found["anchor"]), place)
