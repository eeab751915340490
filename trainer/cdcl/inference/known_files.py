"""The files of known public models: where they lie, where they are had, and whether their licence was accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdcl.atomic import write_text
from cdcl.bounded import read_text
from cdcl.errors import CDCLError, ModelError
from cdcl.events import Said, Warned
from cdcl.models.hub import fetch
from cdcl.models.weight_files import find_weights
from cdcl.pixels.cache import default_cache_folder
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config.known_models import KnownModel
    from cdcl.tasks import Task


def models_folder() -> Path:
    """Give the folder in which files of public models are looked for: `models` in the cache of cdcl."""
    return default_cache_folder() / "models"


def tell_terms(known: KnownModel) -> Task[None]:
    """Say a known model's licence; what forbids commercial use is a warning."""
    yield Said(known.terms()) if known.commercial else Warned(known.terms())


def file_of_known(name: str, known: KnownModel, *, accepts: bool) -> Task[Path]:
    """Find a known model's file: put into the models folder by hand, else on the hub.

    Parameters
    ----------
    name
        In the table of known models.
    accepts
        Whether the licence is accepted herewith; once is enough.

    Raises
    ------
    ModelError
        If the file is nowhere, cannot be fetched, or its licence was not accepted.
    """
    place = models_folder() / name
    if place.is_dir() and any(place.iterdir()):
        return find_weights(place)
    if not known.repository:
        raise ModelError(
            f"{known.title} is not on the hub: get its file at {known.page}, then {option('model')} FILE "
            f"{option('as')} {name}."
        )
    if not accepts and not accepted(name):
        raise ModelError(
            f"the licence of {known.title} ({known.licence}, {known.page}) must be accepted once before its file is "
            f"fetched: add {option('accept-licence')}. A file that you have goes in by {option('model')} "
            f"FILE {option('as')} {name}."
        )
    accept(name)
    yield Said(f"looking for {known.repository} in the hub's cache, then on the hub")
    try:
        return fetch(known.repository, (known.file, "pytorch_model.bin"))
    except ModelError as error:
        raise ModelError(f"{error} Or put it into {place}.") from error


def accepted(name: str) -> bool:
    """Say whether the licence of a known model was accepted on this machine."""
    return name in _accepted_names(models_folder() / "licences.json")


def accept(name: str) -> None:
    """Keep that the licence of a known model was accepted."""
    file = models_folder() / "licences.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps(sorted({*_accepted_names(file), name})))


def _accepted_names(file: Path) -> set[str]:
    """Read which licences were accepted; none where the file is missing, or an editor left something else of it."""
    try:
        found = json.loads(read_text(file))
    except (CDCLError, ValueError, RecursionError):
        return set()
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
