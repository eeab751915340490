"""What the window looked like when a run was last open: kept with the run, and shown again."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import write_text
from cdcl.bounded import read_json
from cdcl.errors import CDCLError
from napari_cdcl.models.channel_luts import ChannelLut
from napari_cdcl.models.session_state import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session
    from napari_cdcl.models.session_state import SessionState


def state_file(run: Run) -> Path:
    """Give the file of a run that keeps what the window looked like."""
    return run.folder / "window.json"


def save_state(session: Session) -> None:
    """Keep profiles, projection, colour, selection, contrast and the field on display with the run, if one is open.

    Raises
    ------
    DiskError
        If it cannot be written.
    """
    if session.run is None or session.items is None or not session.run.config.is_file():
        return
    state = {
        "profiles": session.items.key,
        "projection": session.points,
        "colour": session.colour,
        "row": session.row,
        "selection": _pack(session.selection),
        "saved_selections": {name: _pack(mask) for name, mask in session.saved.items()},
        "contrast": session.scope,
        "channels": {name: asdict(look) for name, look in session.luts.items()},
        **session.extras,
    }
    write_text(state_file(session.run), json.dumps(state, indent=1))


def read_state(run: Run) -> dict[str, Any]:
    """Read what was kept; nothing where there is nothing, or nothing sensible."""
    try:
        return read_json(state_file(run))
    except CDCLError:
        return {}


def restored(shown: SessionState, kept: dict[str, Any]) -> SessionState:
    """Give what is to be shown with what was kept put in, as far as it still fits."""
    items, screen = shown.items, shown.screen
    if items is None or screen is None or not kept:
        return shown
    changes: dict[str, Any] = {
        "extras": {name: _text(kept, name) for name in kept if name.startswith("second_")},
        **_kept_luts(screen.channels, kept),
    }
    row = kept.get("row")
    if type(row) is int and 0 <= row < len(screen):
        changes["row"] = row
    if kept.get("profiles", "") == items.key:
        mask = _unpack(kept.get("selection"), len(items))
        if mask is not None:
            changes["selection"] = frozen(mask)
        changes["saved"] = _saved_selections(kept, len(items))
        if _text(kept, "projection") in items.points:
            changes["points"] = kept["projection"]
    if _text(kept, "colour") in items.table:
        changes["colour"] = kept["colour"]
    return replace(shown, **changes)


def _saved_selections(kept: dict[str, Any], num: int) -> Mapping[str, NDArray[np.bool_]]:
    """Read selections that have a name; what is damaged or of other items is left out."""
    entries = kept.get("saved_selections")
    masks = {name: _unpack(packed, num) for name, packed in entries.items()} if isinstance(entries, dict) else {}
    return MappingProxyType({name: frozen(mask) for name, mask in masks.items() if mask is not None and mask.any()})


def _kept_luts(channels: tuple[str, ...], kept: dict[str, Any]) -> dict[str, Any]:
    """Give how the channels of a screen looked, and where their limits came from; nothing where that is damaged."""
    try:
        luts = {name: _lut(lut) for name, lut in kept["channels"].items() if name in channels}
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        return {}
    return {"luts": luts, "scope": _text(kept, "contrast") or "plate"} if luts else {}


def _lut(kept: dict[str, Any]) -> ChannelLut:
    """Read how a channel looked; what is no number or no colour raises, and all channels are drawn as ever."""
    low, high, gamma = (float(kept[name]) for name in ("low", "high", "gamma"))
    red, green, blue = map(float, kept["colour"])
    if not np.isfinite([low, high, gamma, red, green, blue]).all() or low >= high or gamma <= 0:
        raise ValueError("limits that are none")
    return ChannelLut(low, high, str(kept["colormap"]), (red, green, blue), gamma, bool(kept["visible"]))


def _text(kept: dict[str, Any], name: str) -> str:
    value = kept.get(name, "")
    return value if isinstance(value, str) else ""


def _pack(mask: NDArray[np.bool_]) -> dict[str, Any]:
    packed = base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode()
    return {"of": len(mask), "bits": packed if mask.any() else ""}


def _unpack(kept: Any, num: int) -> NDArray[np.bool_] | None:
    """Read a selection back; None where it is of other items."""
    try:
        if kept["of"] != num:
            return None
        if not kept["bits"]:
            return np.zeros(num, dtype=np.bool_)
        bits = np.frombuffer(zlib.decompress(base64.b64decode(kept["bits"])), dtype=np.uint8)
        return np.unpackbits(bits, count=num).astype(np.bool_)
    except (KeyError, TypeError, ValueError, zlib.error):
        return None
