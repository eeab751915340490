"""Classical profiles of a whole screen: fields as medians over their cells, or cells one by one."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal

import numpy as np

from cdcl.cells.finding import usual_diameter
from cdcl.cells.nuclei import nuclear_channel
from cdcl.classical.measuring import Recipe, check_package, measure_field
from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.profiles.profiles import Profiles
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen
    from cdcl.tasks import Task

    Measured = tuple[NDArray[np.float32], tuple[str, ...]]


@dataclass(frozen=True)
class Objects:
    """What is measured, and of what.

    Attributes
    ----------
    channel
        Name of the channel that shows nuclei; "" goes by the names.
    diameter
        Of a usual nucleus, in pixels; 0 measures it.
    everything
        Whether the slow groups are measured too.
    level
        "site": medians over the cells of a field; "cell": every cell.
    """

    channel: str = ""
    diameter: float = 0.0
    everything: bool = False
    level: Literal["site", "cell"] = "site"


def classical_profiles(screen: Screen, cache: PixelCache, objects: Objects, *, workers: int = 1) -> Task[Profiles]:
    """Measure the nuclei and cells of each readable field.

    Values are as measured, in their own units: a correction brings them to one scale.

    Parameters
    ----------
    cache
        The screen's pixels, rows in the order of `screen.sites`.
    workers
        Processes.

    Returns
    -------
    Profiles
        Of fields, with `num_cells`, or of cells. Fields without a nucleus have no row; features that some row does
        not have are left out; both are told.

    Raises
    ------
    ConfigError
        If the named channel is not there, or the package `cp_measure` is missing.
    ProfilesError
        If no channel is named for nuclei, or there is no nucleus.
    """
    check_package()
    recipe = yield from _recipe(screen, cache, objects)
    rows = np.flatnonzero(cache.readable)
    yield Began("measuring cells", total=len(rows), unit="field")
    found: dict[int, NDArray[np.float32]] = {}
    names: tuple[str, ...] = ()
    with closing(_measured(cache, rows, recipe, workers)) as fields:
        for done, (row, (values, titles)) in enumerate(fields, start=1):
            if len(values):
                found[row], names = values, titles
            yield Advanced(done)
    yield Ended()
    if not found:
        raise ProfilesError("no nucleus was found in any field; name the channel that shows them, or their diameter.")
    if len(found) < len(rows):
        yield Warned(f"{len(rows) - len(found):,} of {len(rows):,} fields have no nucleus, and no profile.")
    profiles = _of_cells(screen, found) if objects.level == "cell" else _of_fields(screen, found)
    return (yield from _complete(profiles, names, recipe))


def _recipe(screen: Screen, cache: PixelCache, objects: Objects) -> Task[Recipe]:
    channel = nuclear_channel(screen.channels, objects.channel)
    if channel is None:
        raise ProfilesError(
            f"no channel of {', '.join(screen.channels)} is named for nuclei; say which shows them with "
            f"{option('channel')}."
        )
    diameter = objects.diameter or usual_diameter(cache, channel)
    if not diameter:
        raise ProfilesError(
            f"nothing in {screen.channels[channel]} looks like a nucleus: no bright round spots. Give their diameter, "
            "or another channel."
        )
    yield Said(f"nuclei in {screen.channels[channel]}, about {diameter:.0f} pixels wide")
    return Recipe(tuple(screen.channels), channel, diameter, objects.everything)


def _measured(
    cache: PixelCache, rows: NDArray[np.int64], recipe: Recipe, workers: int
) -> Generator[tuple[int, Measured]]:
    """Give each row with what was measured of it, in order; closing it ends the processes."""
    if workers <= 1:
        for row in rows.tolist():
            yield row, measure_field(np.asarray(cache.field(row)), recipe)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    underway: deque[tuple[int, object]] = deque()
    try:
        for row in rows.tolist():
            underway.append((row, pool.submit(measure_field, np.array(cache.field(row)), recipe)))
            if len(underway) > 2 * workers:  # enough to keep all busy; few fields are in memory
                first, future = underway.popleft()
                yield first, future.result()  # type: ignore[attr-defined]
        while underway:
            first, future = underway.popleft()
            yield first, future.result()  # type: ignore[attr-defined]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _of_fields(screen: Screen, found: dict[int, NDArray[np.float32]]) -> Profiles:
    rows = sorted(found)
    table = screen.sites.iloc[rows].reset_index(drop=True)
    counts = [len(found[row]) for row in rows]
    return Profiles(np.stack([_medians(found[row]) for row in rows]), table.assign(num_cells=counts), "site")


def _medians(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the median over cells (cells, features) of those that have a value; NaN where none has."""
    finite = np.where(np.isfinite(values), values, np.nan)
    middle = np.full(values.shape[1], np.nan, dtype=np.float32)
    some = np.isfinite(finite).any(axis=0)
    middle[some] = np.nanmedian(finite[:, some], axis=0)
    return middle


def _of_cells(screen: Screen, found: dict[int, NDArray[np.float32]]) -> Profiles:
    rows = sorted(found)
    counts = [len(found[row]) for row in rows]
    table = screen.sites.iloc[np.repeat(rows, counts)].reset_index(drop=True)
    numbers = np.concatenate([np.arange(1, count + 1) for count in counts])
    return Profiles(np.concatenate([found[row] for row in rows]), table.assign(cell=numbers), "cell")


def _complete(profiles: Profiles, names: tuple[str, ...], recipe: Recipe) -> Task[Profiles]:
    """Leave out features that some profile does not have, and say which and how many."""
    whole = np.asarray(np.isfinite(profiles.values).all(axis=0))
    gone = [names[place] for place in np.flatnonzero(~whole)]
    if gone:
        yield Said(f"{len(gone)} of {len(names)} features are left out, which some rows do not have: {_few(gone)}")
    kept = tuple(names[place] for place in np.flatnonzero(whole))
    provenance = {
        "model": f"cp_measure {version('cp_measure')}",
        "nuclei": f"{recipe.channels[recipe.nuclei]}, {recipe.diameter:.1f} pixels",
        "groups": "all" if recipe.everything else "all but texture, granularity and Costes' correlation",
        "aggregation": "median over cells" if profiles.level == "site" else "none",
    }
    return Profiles(profiles.values[:, whole], profiles.table, profiles.level, kept, provenance)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
