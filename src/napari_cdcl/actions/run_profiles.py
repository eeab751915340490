"""What a run holds to look at: profiles of each level, corrected ones, and coarser ones that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.profiles import LEVELS, aggregate, read_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.runs import Run


@dataclass(frozen=True)
class RunProfiles:
    """Profiles that can be shown.

    Attributes
    ----------
    key
        Its name in files and in the saved state: "site", or "site@combat" where they were corrected.
    title
        Its name in the window.
    level
        cell, site, well or treatment.
    path
        The file it is read from.
    pooled
        Whether it is pooled from the finer profiles of that file when it is read.
    """

    key: str
    title: str
    level: str
    path: Path
    pooled: bool = False


def list_run_profiles(run: Run) -> list[RunProfiles]:
    """List what a run holds, from cells to treatments, corrected ones last."""
    found = _of_folder({level: run.profiles(level) for level in LEVELS}, "")
    corrections = run.folder / "corrections"
    for folder in sorted(corrections.iterdir()) if corrections.is_dir() else ():
        found += _of_folder({level: folder / f"{level}.parquet" for level in LEVELS}, folder.name)
    return found


def read_run_profiles(entry: RunProfiles) -> Profiles:
    """Read profiles, and pool them where that is asked for.

    Raises
    ------
    ProfilesError
        If the file is gone or damaged, or there are no treatments to pool by.
    """
    profiles = read_profiles(entry.path)
    return aggregate(profiles, entry.level) if entry.pooled else profiles


def _of_folder(paths: dict[str, Path], correction: str) -> list[RunProfiles]:
    """List the levels that have a file, and the coarser ones that have none."""
    found: list[RunProfiles] = []
    for level, path in paths.items():
        key, title = (f"{level}@{correction}", f"{level}s, {correction}") if correction else (level, f"{level}s")
        if path.is_file():
            found.append(RunProfiles(key, title, level, path))
        elif any(not entry.pooled for entry in found) and level != "site":
            finer = next(entry for entry in reversed(found) if not entry.pooled)
            found.append(RunProfiles(key, f"{title} (pooled {finer.level}s)", level, finer.path, pooled=True))
    return found
