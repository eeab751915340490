"""Profiles of whatever is pointed at: a run, or a file that we or another tool wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.events import Warned
from cdcl.profiles.files import read_profiles
from cdcl.profiles.imports import is_deepprofiler
from cdcl.runs import find_run

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


def open_profiles(run_or_file: Path, level: str = "site", *, leave_out: bool = False) -> tuple[Profiles, Run | None]:
    """Read the profiles of a run, or a file of profiles; gives the run too, if it is one.

    With `leave_out`, features with missing values are left out instead of refused: see `read_profiles`, `left_out`.

    Raises
    ------
    ProfilesError
        If there is neither, or the run has no profiles yet.
    """
    run = find_run(run_or_file)
    if run is None and not run_or_file.is_file() and not is_deepprofiler(run_or_file):
        found = "it is a folder without a config.toml" if run_or_file.is_dir() else "it does not exist"
        raise ProfilesError(f"{run_or_file} is neither a run nor a file of profiles: {found}.")
    if run is not None and not run.profiles(level).exists():
        raise ProfilesError(f"{run_or_file} has no {level} profiles yet; run `cdcl embed {run_or_file}` first.")
    return read_profiles(run_or_file if run is None else run.profiles(level), leave_out=leave_out), run


def left_out(profiles: Profiles) -> Task[None]:
    """Tell the rows and features that a file had but reading it left out, because their values are missing."""
    empty = profiles.provenance.get("empty_rows", 0)
    if empty:
        yield Warned(f"{empty} rows without a single value are left out, such as wells without cells.")
    names = profiles.provenance.get("left_out", ())
    if names:
        named = ", ".join(map(str, names[:3])) + (", ..." if len(names) > 3 else "")
        yield Warned(f"{len(names)} features with missing values are left out: {named}.")
