"""Maps of profiles before and after a correction, kept in the run for its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.metrics.judging import NONE
from cdcl.profiles.corrections import learn_correction
from cdcl.projections import project, write_projection

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task

METHOD = "umap"
"""How profiles are drawn before and after the correction."""

_MOST_POINTS = 5000
"""So many profiles show on a map whether batches mixed."""


def maps_folder(run: Run) -> Path:
    """Give the place of a run's maps before and after a correction."""
    return run.folder / "corrections" / "maps"


def draw_maps(profiles: Profiles, correction: str, run: Run) -> Task[None]:
    """Keep maps of the profiles as they are and after a correction; with "" only the former maps are removed."""
    folder = maps_folder(run)
    for old in folder.glob("*.parquet"):
        old.unlink()
    rows = np.arange(len(profiles))
    if len(rows) > _MOST_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_POINTS, replace=False))
    for name in (NONE, correction) if correction else ():
        corrected = profiles if name == NONE else (yield from learn_correction(profiles, name)).apply(profiles)
        try:
            projection = yield from project(corrected.take(rows), method=METHOD)
        except ProfilesError as reason:
            yield Warned(f"no map of {name}: {reason}")
            return
        write_projection(projection, folder / f"{name}.parquet")
        yield Wrote("map of profiles as they are" if name == NONE else f"map after {name}", str(folder))
