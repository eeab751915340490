"""Rows of the demo's table that need no training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.profiles import read_profiles, write_profiles
from cdcl.profiles.baselines import intensity_profiles, standardise_features

if TYPE_CHECKING:
    from cdcl.demo.plan import Demo
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen
    from cdcl.tasks import Task

NOISE = "noise"
"""Profiles drawn at random: perfect mixing, and nothing known."""

RAW = "intensity statistics"
"""Mean, spread and percentiles of raw counts, and correlations of channels."""

STATISTICS = "intensity statistics, plates scaled"
"""The same of pixels that were scaled plate by plate: what the scaling alone does."""


def measure_baselines(demo: Demo, screen: Screen) -> Task[dict[str, Profiles]]:
    """Describe the screen's sites by their intensities, of raw and of plate-scaled pixels; kept ones are read."""
    files = {RAW: demo.baseline("raw"), STATISTICS: demo.baseline("scaled")}
    if not all(path.exists() for path in files.values()):
        cache = yield from fill_cache(screen, demo.cache_folder)
        intensities = yield from measure_intensities(screen, cache, demo.config("CDCL").intensities)
        for name, scale in ((RAW, None), (STATISTICS, intensities)):
            profiles = yield from intensity_profiles(screen, cache, scale)
            write_profiles(standardise_features(profiles), files[name])
    return {name: read_profiles(path) for name, path in files.items()}
