"""Fitted corrections on disk: arrays and a card of JSON in one .npz, never a pickle."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive
from cdcl.errors import ProfilesError, unknown_name
from cdcl.profiles.corrections.correction import CORRECTIONS, Correction
from cdcl.profiles.corrections.method import Settings
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

_CARD = "card"


def write_correction(correction: Correction, path: Path) -> None:
    """Write a fitted correction to .npz, in one move."""
    card = {
        "method": correction.method,
        "settings": asdict(correction.settings),
        "features": list(correction.features),
        "fitted_on": correction.fitted_on,
        "notes": list(correction.notes),
    }
    arrays = {f"learned_{name}": array for name, array in correction.arrays.items()}
    with replaced_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **{_CARD: np.array(json.dumps(card)), **arrays})


def read_correction(path: Path) -> Correction:
    """Read what `write_correction` wrote.

    Raises
    ------
    ProfilesError
        If the file is not there, or holds no correction that this version knows.
    """
    if not path.is_file():
        raise ProfilesError(f"no fitted correction at {path}; {verb('correct')} writes one beside its profiles.")
    try:
        check_archive(path, ProfilesError)
        with np.load(path, allow_pickle=False) as file:
            card = json.loads(str(file[_CARD]))
            arrays = {name.removeprefix("learned_"): file[name] for name in file.files if name != _CARD}
        settings = Settings(**card["settings"])
        method, features, notes = card["method"], tuple(card["features"]), tuple(card["notes"])
        fitted_on = card["fitted_on"]
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ProfilesError(f"{path} holds no fitted correction; {verb('correct')} writes one.") from error
    if method not in CORRECTIONS:
        raise ProfilesError(f"{path}: {unknown_name('correction', method, CORRECTIONS)}")
    return Correction(method, settings, features, arrays, fitted_on, notes)
