"""Projections of what is explored: a quick one of few profiles, others by a job, and those of another run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles import write_profiles
from cdcl.projections import read_projection
from cdcl.projections.faithfulness import map_faithfulness as judge_map
from cdcl.projections.pca import pca
from cdcl.scatter import find_corners, name_axes
from cdcl.tasks import finish
from napari_cdcl.actions.opening import projection_file, read_items
from napari_cdcl.actions.run_profiles import list_run_profiles, read_run_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

RANDOM = 0.5
"""What `map_faithfulness` gives on average where points are shuffled (a test holds it)."""
QUICK = 40_000_000
"""Numbers in profiles whose principal components take less than a second or so, in a thread."""


def quick_projection(items: Items) -> tuple[NDArray[np.float32], tuple[str, str]] | None:
    """Give principal components and their names where that is quick, else None; it may run in any thread."""
    if items.values is None or items.values.size > QUICK or len(items) < 3:
        return None
    points, parameters = finish(pca(items.values))
    return points, name_axes("pca", parameters)


def projection_job(session: Session, method: str) -> tuple[list[str], Path]:
    """Give the arguments of `cdcl` that make a projection of what is explored, and the file they make.

    Pooled profiles are written into the run first, where `cdcl embed` would have put them.

    Raises
    ------
    CDCLError
        If no run is open, its profiles are gone, or cannot be written.
    """
    run, items = session.run, session.items
    if run is None or items is None or items.values is None:
        raise ProfilesError("there are no profiles to project; open a run that has some.")
    entry = next((one for one in list_run_profiles(run) if one.key == items.key), None)
    if entry is None:
        raise ProfilesError(f"the run “{run.folder.name}” has these profiles no more; open it again.")
    out, path = projection_file(run, method, entry), entry.path
    if entry.pooled:
        path = entry.path.with_name(f"{entry.level}.parquet")
        write_profiles(read_run_profiles(entry), path)
    return ["project", str(path), "--method", method, "-o", str(out)], out


def show_projection(session: Session, method: str, path: Path) -> None:
    """Show a projection that a job has made.

    Raises
    ------
    ProfilesError
        If it is of other profiles.
    """
    items, found = session.items, read_projection(path)
    if items is None or len(found.points) != len(items):
        raise ProfilesError(f"{path.name} is of {len(found.points):,} other profiles; project again.")
    axes, corners = name_axes(method, found.parameters), find_corners(found.parameters)
    session.extend_items(points={method: found.points}, axes={method: axes}, corners={method: corners})
    session.points = method


def map_faithfulness(items: Items, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find where the map `name` has lost neighbours, and where it shows false ones; it may run in any thread.

    Raises
    ------
    ProfilesError
        If there are no profiles, no such map, or too few points on it.
    """
    if items.values is None or name not in items.points:
        raise ProfilesError("there is no map of profiles to judge; open a run, and project its profiles.")
    return judge_map(items.values, items.points[name])


def show_faithfulness(session: Session, name: str, found: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    """Show what `map_faithfulness` has found: two columns, false neighbours as the colour."""
    lost, false = f"lost ({name})", f"false ({name})"
    session.extend_items({lost: found[0].round(3), false: found[1].round(3)})
    session.colour = false
    means = [f"{float(np.nanmean(values)):.0%}" for values in found]
    session.told.emit(
        f"The map has lost {means[0]} of the neighbours, and shows {means[1]} falsely; a random map does {RANDOM:.0%}. "
        f"Colour by “{lost}” or “{false}” to see where; read nothing from places where it lies."
    )


def borrow_projections(session: Session, run: Run, screen: Screen, level: str) -> dict[str, NDArray[np.float32]]:
    """Read another run's projections for the items that are explored, to see both runs with one selection.

    It changes nothing and may run in any thread; `extend_items(points=...)` shows them.

    Returns
    -------
    dict
        Projections by name, "umap (dino)", NaN where the other run lacks the item.

    Raises
    ------
    ProfilesError
        If the other run has no projected profiles of this level.
    """
    mine = session.items
    assert mine is not None
    entry = next((one for one in list_run_profiles(run) if one.level == level), None)
    name = run.folder.name
    if entry is None:
        raise ProfilesError(f"run “{name}” has no {level} profiles; embed it in the Runs panel.")
    theirs = read_items(run, screen, entry)
    points = dict(theirs.points)
    if not points and (quick := quick_projection(theirs)) is not None:
        points = {"pca": quick[0]}
    if not points:
        raise ProfilesError(f"run “{name}” has no projection; open it, and make one with Project.")
    places = _match(mine, theirs)
    return {f"{method} ({name})": _take(found, places) for method, found in points.items()}


def _match(mine: Items, theirs: Items) -> NDArray[np.int64]:
    """Find each of my items among theirs; -1 where it is not."""
    from cdcl.screen.site_names import joined_keys  # brings pandas, which the first panel does without

    names = ["batch", "plate", "well", "site", "cell"] if mine.level != "treatment" else ["treatment"]
    keys = [name for name in names if name in mine.table and name in theirs.table]
    own, other = joined_keys(keys, mine.table, theirs.table)
    first = other.drop_duplicates()
    where = dict(zip(first.to_numpy(), first.index.to_numpy(), strict=True))
    return own.map(where).fillna(-1).to_numpy(dtype=np.int64)


def _take(points: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
    taken = points[np.maximum(places, 0)].astype(np.float32)
    taken[places < 0] = np.nan
    return taken
