"""Find the run at a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import RunError
from cdcl.runs.run import Run
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path


def find_run(folder: Path) -> Run | None:
    """Open the run at `folder`, if it is one.

    Parameters
    ----------
    folder
        Of the run; it need not be there.

    Returns
    -------
    Run or None
        None where the folder has no config of a run.
    """
    run = Run(folder)
    return run if run.config.is_file() else None


def open_run(folder: Path) -> Run:
    """Open the run at `folder`.

    Parameters
    ----------
    folder
        Of the run.

    Returns
    -------
    Run
        Nothing in it is read yet but that it has a config.

    Raises
    ------
    RunError
        If there is none.
    """
    run = find_run(folder)
    if run is None:
        found = "no such folder" if not folder.exists() else f"no {Run(folder).config.name} in it"
        raise RunError(f"{folder} is no run: {found}. {verb('runs DIR')} lists the runs there are.")
    return run
