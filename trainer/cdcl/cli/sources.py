"""Which screen a verb is pointed at: a source, or the one that a run was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ModelError, RunError
from cdcl.events import Said, Warned
from cdcl.readers import describe, read_screen, scan_source
from cdcl.runs import find_run
from cdcl.screen.tables import is_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


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


def read_and_report(source: Path) -> Task[Screen]:
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
