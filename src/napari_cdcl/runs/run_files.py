"""What the window does with finished runs: notes, scores, settings that differ, names. No Qt."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcl.atomic import disk_errors, write_text
from cdcl.bounded import check_regular, read_text
from cdcl.clusters.remote.submission import read_submission
from cdcl.errors import CDCLError, RunError
from cdcl.runs import Run, Summary, list_runs, summarise
from cdcl.runs.settings import settings_if_any
from cdcl.runs.tail import last_ended
from napari_cdcl.models.window_words import in_window
from napari_cdcl.runs.run_watch import KILLED

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

HEADLINE = (
    "nsc",
    "nscb",
    "mechanism_other_compound",
    "treatment_unseen_batch",
    "treatment_other_batch",
    "treatment_other_plate",
    "map_activity",
)
"""Metrics that stand for a run in the list, the first that has a value; where none has, the first score with one."""


@dataclass(frozen=True)
class Entry:
    """A run in a list.

    Attributes
    ----------
    reason
        Why it failed or stopped, where that is known.
    score
        Its headline score, "NSC 0.52"; "" where it was not scored.
    """

    summary: Summary
    reason: str
    score: str
    notes: str

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.summary.run


def list_entries(folder: Path) -> list[Entry]:
    """List all runs of a folder; it may run in any thread.

    Raises
    ------
    RunError
        If there is no such folder.
    """
    return [_entry(run) for run in list_runs(folder)]


def read_notes(run: Run) -> str:
    """Read what the user wrote about a run."""
    try:
        return read_text(_notes(run))
    except CDCLError:
        return ""


def write_notes(run: Run, text: str) -> None:
    """Keep what the user wrote about a run.

    Raises
    ------
    DiskError
        If it cannot be written.
    """
    if text != read_notes(run):
        write_text(_notes(run), text)


def read_scores(run: Run) -> pd.DataFrame:
    """Read scores.csv; empty where the run was not scored, or the file is damaged."""
    import pandas as pd  # most runs of a list were never scored

    try:
        check_regular(run.scores)
        return pd.read_csv(run.scores)
    except (CDCLError, OSError, ValueError):
        return pd.DataFrame(columns=["name", "level", "value", "low", "high", "chance"])


def differing_settings(one: Run, other: Run) -> list[tuple[str, str, str]]:
    """List the settings in which two runs differ: name, value here, value there."""
    first, second = _flatten(settings_if_any(one)), _flatten(settings_if_any(other))
    names = sorted(first.keys() | second.keys(), key=lambda name: ("." in name, name))
    absent = "(not set)"
    return [
        (name, str(first.get(name, absent)), str(second.get(name, absent)))
        for name in names
        if name != "about" and first.get(name) != second.get(name)
    ]


def rename_run(run: Run, name: str) -> Run:
    """Give the folder of a run another name; the config and screen that lie beside it keep theirs.

    Raises
    ------
    RunError
        If the run is at work, or the name is taken.
    DiskError
        If it cannot be renamed.
    """
    if run.status() == "running":
        raise RunError(f"{run.folder.name} is training; rename it when it has ended.")
    place = run.folder.with_name(name)
    if place.exists():
        raise RunError(f"{name} exists already; choose another name.")
    with disk_errors(run.folder):
        run.folder.rename(place)
    return Run(place)


def delete_run(run: Run) -> None:
    """Delete the folder of a run, for good. It is renamed first: what is left of a deletion that fails is no run.

    Raises
    ------
    RunError
        If the run is at work.
    DiskError
        If it cannot be deleted.
    """
    if run.status() == "running":
        raise RunError(f"{run.folder.name} is training; stop it first.")
    leaving = run.folder.with_name(f".{run.folder.name}.deleted")
    with disk_errors(run.folder):
        run.folder.rename(leaving)
        shutil.rmtree(leaving)


def _entry(run: Run) -> Entry:
    summary = summarise(run)
    ended = last_ended(run.events)
    reason = in_window(ended.message) if ended and summary.status != "running" else ""
    if summary.status in ("crashed", "submitted"):
        reason = KILLED if summary.status == "crashed" else _queue_of(run)
    return Entry(summary, reason, _headline(run), read_notes(run))


def _queue_of(run: Run) -> str:
    try:
        found = read_submission(run.folder)
    except CDCLError as error:
        return in_window(str(error))
    return f"job {found.job} of {found.host} has not begun, as far as is known here; Go on asks and follows it"


def _headline(run: Run) -> str:
    if not run.scores.is_file():
        return ""
    from cdcl.metrics import title_of

    scores = read_scores(run)
    if not {"name", "value"} <= set(scores):
        return ""
    known = scores.dropna(subset=["value"])
    names, values = known["name"].astype(str).tolist(), known["value"].astype(float).tolist()
    first = [names.index(name) for name in HEADLINE if name in names]
    at = next(iter(first), 0)
    return f"{_shortly(title_of(names[at]))} {values[at]:.3g}" if names else ""


def _shortly(title: str) -> str:
    """Give the abbreviation at the end of a title, where there is one: "NSC"."""
    begin, _, short = title.rstrip(")").rpartition("(")
    return short if begin and title.endswith(")") else title


def _notes(run: Run) -> Path:
    return run.folder / "notes.txt"


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat
