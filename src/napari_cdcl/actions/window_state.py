"""What the window looked like when a run was last open: kept with the run, and shown again."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import write_text
from napari_cdcl.models.channel_luts import ChannelLut

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session


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
        "contrast": session.scope,
        "channels": {name: asdict(look) for name, look in session.luts.items()},
        **session.extras,
    }
    write_text(state_file(session.run), json.dumps(state, indent=1))


def read_state(run: Run) -> dict[str, Any]:
    """Read what was kept; nothing where there is nothing, or nothing sensible."""
    try:
        state = json.loads(state_file(run).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def restore_state(session: Session, state: dict[str, Any]) -> None:
    """Show what was kept, as far as it still fits."""
    items, screen = session.items, session.screen
    if items is None or screen is None or not state:
        return
    session.extras = {name: value for name, value in state.items() if name.startswith("second_")}
    row = state.get("row")
    if isinstance(row, int) and 0 <= row < len(screen):
        session.row = row
    if state.get("profiles", "") == items.key:
        mask = _unpack(state.get("selection"), len(items))
        if mask is not None:
            session.selection = mask
        if state.get("projection") in items.points:
            session.points = str(state["projection"])
    if state.get("colour") in items.table:
        session.colour = str(state["colour"])
    _restore_luts(session, state)


def _restore_luts(session: Session, state: dict[str, Any]) -> None:
    known = dict(session.luts)
    try:
        kept = {
            name: ChannelLut(**{**look, "colour": tuple(look["colour"])}) for name, look in state["channels"].items()
        }
    except (KeyError, TypeError, AttributeError):
        return
    session.scope = "hand" if state.get("contrast") == "hand" else str(state.get("contrast", "plate"))
    session.luts = {**known, **{name: look for name, look in kept.items() if name in known}}


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
