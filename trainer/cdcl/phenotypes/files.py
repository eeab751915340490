"""Classifiers on disk: arrays and a card of JSON in one .npz, never a pickle."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive
from cdcl.errors import CDCLError, ProfilesError
from cdcl.phenotypes.classifier import Classifier
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from pathlib import Path

_CARD = "card"
_BROKEN = (EOFError, zipfile.BadZipFile, RecursionError, OverflowError)
_MEND = f"{verb('classify')} with {option('classes')} trains one."


def write_classifier(classifier: Classifier, path: Path) -> None:
    """Write a classifier to .npz, in one move.

    Parameters
    ----------
    path
        Of the .npz; a file that stands there is replaced.
    """
    card = {name: getattr(classifier, name) for name in ("classes", "features", "level", "settings", "card")}
    kept: dict[str, Any] = {_CARD: np.array(json.dumps(card)), **classifier.arrays}
    with replaced_file(path) as temporary, temporary.open("wb") as file:
        # Numbers and text alone; NumPy before 2 cannot be told to refuse objects here, reading refuses them.
        np.savez(file, **kept)


def read_classifier(path: Path) -> Classifier:
    """Read what `write_classifier` wrote.

    Parameters
    ----------
    path
        Of the .npz.

    Returns
    -------
    Classifier
        As it was trained; nothing in the file is unpickled.

    Raises
    ------
    ProfilesError
        If the file is not there, or holds no classifier.
    """
    if not path.is_file():
        raise ProfilesError(f"no classifier at {path}; {_MEND}")
    try:
        check_archive(path)
        with np.load(path, allow_pickle=False) as file:
            card = json.loads(str(file[_CARD]))
            arrays = {name: file[name] for name in file.files if name != _CARD}
        found = Classifier(
            tuple(card["classes"]), tuple(card["features"]), card["level"], arrays, card["settings"], card["card"]
        )
        _check(found)
    except (CDCLError, LookupError, TypeError, ValueError, AttributeError, *_BROKEN) as error:
        raise ProfilesError(
            f"{path} holds no classifier; {verb('classify')} with {option('classes')} trains one."
        ) from error
    return found


def _check(classifier: Classifier) -> None:
    """Ask it about one profile: arrays that do not fit together fail here and not in the middle of a screen."""
    one = np.zeros((1, len(classifier.features)))
    if not np.isfinite(classifier.probabilities(one)).all() or not np.isfinite(classifier.novelty(one)).all():
        raise ValueError("numbers that are not finite")
