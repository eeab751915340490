"""All runs below a folder, each in one line."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from cdcl.errors import RunError
from cdcl.runs.run import Run, Status
from cdcl.runs.settings import settings_if_any
from cdcl.runs.tail import last_numbers

if TYPE_CHECKING:
    from pathlib import Path

_DEPTH = 3
"""So many folders down runs are looked for; a screen's images lie deeper or aside, and are many."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run's files say of it, in one line.

    Attributes
    ----------
    step, steps
        Steps done, and how many were asked for (0 where the config counts epochs).
    loss
        The last one logged; NaN where none was.
    num_bytes
        Size of the folder.
    """

    run: Run
    recipe: str
    status: Status
    step: int
    steps: int
    loss: float
    num_bytes: int


def list_runs(folder: Path) -> list[Run]:
    """Find the runs at or below a folder, by name.

    Parameters
    ----------
    folder
        A run, or a folder with runs in it, at most three folders down; hidden folders are passed over. One that was
        submitted is a run though its job has not begun.

    Returns
    -------
    list of Run
        Empty where none is found.

    Raises
    ------
    RunError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder} to look for runs in.")
    return _find(folder, _DEPTH)


def summarise(run: Run) -> Summary:
    """Sum up a run from its files; a part stays empty where its file is missing or damaged.

    Returns
    -------
    Summary
        What a run's files say of it; step and steps are 0, and the loss NaN, where they say nothing.
    """
    config = settings_if_any(run)
    numbers = last_numbers(run.log)
    done = max([int(numbers.get("step", -1)) + 1, *run.checkpoint_steps()])
    return Summary(
        run,
        recipe=str(config.get("recipe", "")),
        status=run.status(),
        step=done,
        steps=_count(config.get("steps")),
        loss=numbers.get("loss", nan),
        num_bytes=_size_of(run.folder),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def _size_of(folder: Path) -> int:
    """Sum up what lies in a folder itself; links are not followed, and a file may vanish meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(f"{place}/{name}").st_size
    return total


def _find(folder: Path, depth: int) -> list[Run]:
    run = Run(folder)
    if run.config.is_file() or run.submission.is_file():
        return [run]
    if depth == 0:
        return []
    try:
        inner = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except PermissionError:
        return []
    return [found for entry in inner for found in _find(entry, depth - 1)]
