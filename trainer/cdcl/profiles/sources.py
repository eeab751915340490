"""Profiles of whatever is pointed at: a run, or a file that we or another tool wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned
from cdcl.profiles.files import READ, read_profiles
from cdcl.profiles.folders import profile_tables
from cdcl.profiles.imports import is_deepprofiler
from cdcl.runs import find_run
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


def open_profiles(run_or_file: Path, level: str = "site") -> tuple[Profiles, Run | None]:
    """Read the profiles of a run, a file of profiles or a folder with a table a plate; gives the run too, if it is one.

    Features with missing values are left out (`read_profiles`); `left_out` tells them.

    Raises
    ------
    ProfilesError
        If there is neither, or the run has no profiles yet.
    """
    run = find_run(run_or_file)
    if run is None and not run_or_file.is_file() and not is_deepprofiler(run_or_file):
        found = "it does not exist"
        if run_or_file.is_dir():
            found = "" if profile_tables(run_or_file) else "it is a folder without a config.toml and without tables"
        if found:
            raise ProfilesError(f"{run_or_file} is neither a run nor profiles: {found}; {READ}.")
    if run is not None and not run.profiles(level).exists():
        cells = f" {option('level')} cell" if level == "cell" else ""  # of its own accord it keeps fields
        made_by = verb(f"embed {run_or_file}{cells}")
        raise ProfilesError(f"{run_or_file} has no {level} profiles yet; run {made_by} first.")
    return read_profiles(run_or_file if run is None else run.profiles(level)), run


def left_out(profiles: Profiles) -> Task[None]:
    """Tell which columns of a file were taken for what, and the rows and columns that reading it left out."""
    for fact in profiles.reading.facts:
        yield Said(fact)
    for note in profiles.reading.notes:
        yield Warned(note)
