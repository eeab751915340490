"""Baselines beside the scores of a run: those that follow from its table, and those that need its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.sources import screen_of
from cdcl.errors import CDCLError
from cdcl.events import Warned
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.profiles.baselines import intensity_profiles, standardise_features, table_baselines

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from cdcl.runs import Run
    from cdcl.tasks import Task

INTENSITIES = "intensity statistics"
"""Mean, spread and percentiles of raw counts, and correlations of channels."""

UNTRAINED = "untrained network"
"""The run's network with weights drawn at random."""


def baselines_of(profiles: Profiles, run: Run | None, args: Namespace) -> Task[dict[str, Profiles]]:
    """Give the profiles of every baseline that can be had, by the name of its column.

    What needs images is described once and kept in the run, in `baselines/`; a run whose images are gone, or profiles
    without a run, do without, and a warning says so.
    """
    found = table_baselines(profiles)
    if run is None:
        yield Warned("intensity statistics and an untrained network need a run with its images; they are left out")
        return found
    makers: dict[str, Callable[[Run, Namespace], Task[Profiles]]] = {INTENSITIES: _intensities, UNTRAINED: _untrained}
    for name, make in makers.items():
        try:
            found[name] = yield from _kept(name, make, run, args)
        except CDCLError as reason:
            yield Warned(f"no baseline of {name}: {reason}")
    return found


def _kept(name: str, make: Callable[[Run, Namespace], Task[Profiles]], run: Run, args: Namespace) -> Task[Profiles]:
    path = run.folder / "baselines" / f"{name.replace(' ', '-')}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write_profiles((yield from make(run, args)), path)
    return read_profiles(path)


def _intensities(run: Run, args: Namespace) -> Task[Profiles]:
    screen = screen_of(run)
    cache = yield from fill_cache(screen, args.cache or default_cache_folder())
    return standardise_features((yield from intensity_profiles(screen, cache)))


def _untrained(run: Run, args: Namespace) -> Task[Profiles]:
    screen = screen_of(run)
    # Imported late: torch takes its time, and kept profiles need none.
    from cdcl.inference import embed, load_model
    from cdcl.inference.untrained import untrained

    model = untrained(load_model(run.folder, args.device or "auto"))
    return (yield from embed(model, screen, cache_folder=args.cache))
