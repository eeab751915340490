"""Fitted corrections on disk: arrays and a card of JSON in one .npz, never a pickle."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive
from cdcl.errors import ProfilesError, unknown_name
from cdcl.profiles.corrections.chain import AnyCorrection, Chain
from cdcl.profiles.corrections.correction import STEPS, Correction
from cdcl.profiles.corrections.drift import ORIGIN
from cdcl.profiles.corrections.method import Settings
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_CARD = "card"
_BROKEN = (EOFError, zipfile.BadZipFile, RecursionError, OverflowError)
_LEARNED, _ORIGIN = "learned_", "origin_"


def write_correction(correction: AnyCorrection, path: Path) -> None:
    """Write a fitted correction or chain to .npz, in one move.

    Parameters
    ----------
    path
        Of the .npz; a file that stands there is replaced.
    """
    steps = correction.steps if isinstance(correction, Chain) else (correction,)
    cards, arrays = [], {}
    for number, step in enumerate(steps):
        prefix = _prefix(number) if isinstance(correction, Chain) else _LEARNED
        arrays.update({f"{prefix}{name}": array for name, array in step.arrays.items()})
        cards.append(_card_of(step))
    arrays.update({f"{_ORIGIN}{name}": array for name, array in steps[0].origin.items()})
    card = {"chain": correction.method, "steps": cards} if isinstance(correction, Chain) else cards[0]
    kept: dict[str, Any] = {_CARD: np.array(json.dumps(card)), **arrays}
    with replaced_file(path) as temporary, temporary.open("wb") as file:
        # Numbers and text alone; NumPy before 2 cannot be told to refuse objects here, reading refuses them.
        np.savez(file, **kept)


def read_correction(path: Path) -> AnyCorrection:
    """Read what `write_correction` wrote.

    Raises
    ------
    ProfilesError
        If the file is not there, or holds no correction that this version knows.
    """
    if not path.is_file():
        raise ProfilesError(f"no fitted correction at {path}; {verb('correct')} writes one beside its profiles.")
    try:
        found = _read(path)
    except (LookupError, TypeError, ValueError, AttributeError, *_BROKEN) as error:
        raise ProfilesError(f"{path} holds no fitted correction; {verb('correct')} writes one.") from error
    for step in found.steps if isinstance(found, Chain) else (found,):
        if step.method not in STEPS:
            raise ProfilesError(f"{path}: {unknown_name('correction', step.method, STEPS)}")
    return found


def _read(path: Path) -> AnyCorrection:
    check_archive(path, ProfilesError)
    with np.load(path, allow_pickle=False) as file:
        card = json.loads(str(file[_CARD]))
        arrays = {name: file[name] for name in file.files if name != _CARD}
    origin = _named(arrays, _ORIGIN)
    if origin and set(origin) != ORIGIN:  # files of earlier versions have none
        raise ValueError("where the plates lay is told in part")
    if "chain" not in card:
        return replace(_step(card, arrays, _LEARNED), origin=origin)
    first, *others = (_step(one, arrays, _prefix(number)) for number, one in enumerate(card["steps"]))
    if not others:
        raise ValueError("a chain has two steps or more")
    return Chain(str(card["chain"]), (replace(first, origin=origin), *others))


def _prefix(number: int) -> str:
    return f"step{number}_"


def _card_of(step: Correction) -> dict[str, object]:
    return {
        "method": step.method,
        "settings": asdict(step.settings),
        "features": list(step.features),
        "fitted_on": step.fitted_on,
        "notes": list(step.notes),
    }


def _step(card: dict[str, Any], arrays: dict[str, NDArray[Any]], prefix: str) -> Correction:
    settings = Settings(**card["settings"])
    names, notes = tuple(card["features"]), tuple(card["notes"])
    return Correction(str(card["method"]), settings, names, _named(arrays, prefix), card["fitted_on"], notes)


def _named(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
