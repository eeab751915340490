"""What a verb is pointed at: a run, a file of profiles, a model, or a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ModelError, ProfilesError, RunError
from cdcl.events import Said, Warned
from cdcl.readers import describe, read_screen, scan_source
from cdcl.runs import Run
from cdcl.screen.tables import is_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def find_run(folder: Path) -> Run | None:
    """Open the run at `folder`, if it is one."""
    run = Run(folder)
    return run if run.config.is_file() else None


def open_run(folder: Path) -> Run:
    """Open the run at `folder`.

    Raises
    ------
    RunError
        If there is none.
    """
    run = find_run(folder)
    if run is None:
        found = "no such folder" if not folder.exists() else f"no {Run(folder).config.name} in it"
        raise RunError(f"{folder} is no run: {found}. `cdcl runs DIR` lists the runs there are.")
    return run


def open_profiles(run_or_file: Path, level: str = "site", *, leave_out: bool = False) -> tuple[Profiles, Run | None]:
    """Read the profiles of a run, or a file of profiles; gives the run too, if it is one.

    With `leave_out`, features with missing values are left out instead of refused: see `read_profiles`, `left_out`.

    Raises
    ------
    ProfilesError
        If there is neither, or the run has no profiles yet.
    """
    from cdcl.profiles import read_profiles
    from cdcl.profiles.imports import is_deepprofiler

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


def screen_for(model: Path, source: Path | None) -> Screen:
    """Read the screen at `source`, or the run's own where none is given.

    Raises
    ------
    CDCLError
        If there is none.
    """
    if source is not None:
        return read_screen(source)
    run = find_run(model)
    if run is None:
        raise ModelError(f"{model} is no run and so has no screen of its own; say which with --screen SOURCE.")
    return screen_of(run)


def read_aloud(source: Path) -> Task[Screen]:
    """Read the screen at `source`, and say of a folder or an export what `cdcl scan` would.

    A table was scanned before; its report is not repeated.

    Raises
    ------
    ScreenError
        If nothing is recognised, or the table contradicts itself.
    """
    scan = scan_source(source)
    if is_table(source):
        return scan.screen
    report = describe(scan.screen)
    yield from (Said(line) for line in (f"layout {scan.layout}", f"found {scan.extent}", *report.facts()))
    notes = [*scan.notes, *report.notes]
    yield from (Warned(note) for note in notes)
    if notes:
        yield Said(f"`cdcl scan {source} -o screen.csv` takes other choices, and writes a table to train on")
    return scan.screen


def screen_of(run: Run) -> Screen:
    """Read the screen that a run was trained on.

    Raises
    ------
    RunError
        If the run has none yet.
    """
    if not run.screen.exists():
        raise RunError(f"{run.folder} has no {run.screen.name} yet; say which screen with --screen SOURCE.")
    return read_screen(run.screen)
