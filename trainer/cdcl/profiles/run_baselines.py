"""Baselines beside the profiles of a run: of its table, and those that are made once of its images and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import CDCLError
from cdcl.events import Warned
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles.baselines import intensity_profiles, standardise_features, table_baselines
from cdcl.profiles.files import read_profiles, write_profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cdcl.profiles.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

    Makers = Mapping[str, Callable[[Run], Task[Profiles]]]

INTENSITIES = "intensity statistics"
"""Mean, spread and percentiles of raw counts, and correlations of channels."""

UNTRAINED = "untrained network"
"""The run's network with weights drawn at random: see `cdcl.inference.untrained`."""


def measure_baselines(profiles: Profiles, run: Run | None, makers: Makers) -> Task[dict[str, Profiles]]:
    """Give the profiles of every baseline that can be had, by the name of its column.

    What needs images is made once and kept in the run, in `baselines/`; a run whose images are gone, or profiles
    without a run, do without, and a warning says so.

    Parameters
    ----------
    makers
        How to make what needs images, by name. They are passed in, because the network belongs to the half of `cdcl`
        that learns.
    """
    found = table_baselines(profiles)
    if run is None:
        yield Warned(f"{' and '.join(makers)} need a run with its images; they are left out")
        return found
    for name, make in makers.items():
        try:
            found[name] = yield from _kept(run, name, make)
        except CDCLError as reason:
            yield Warned(f"no baseline of {name}: {reason}")
    return found


def describe_intensities(screen: Screen, cache_folder: Path | None) -> Task[Profiles]:
    """Describe the fields of a screen by raw pixels alone, every feature brought to one scale.

    Raises
    ------
    CDCLError
        If no field can be read.
    """
    cache = yield from fill_cache(screen, cache_folder or default_cache_folder())
    return standardise_features((yield from intensity_profiles(screen, cache)))


def _kept(run: Run, name: str, make: Callable[[Run], Task[Profiles]]) -> Task[Profiles]:
    path = run.folder / "baselines" / f"{name.replace(' ', '-')}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write_profiles((yield from make(run)), path)
    return read_profiles(path)
