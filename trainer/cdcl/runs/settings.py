"""A run's config.toml as a plain table, read where a run is shown: it may be of an older version, or damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdcl.bounded import read_toml
from cdcl.errors import RunError

if TYPE_CHECKING:
    from cdcl.runs.run import Run


def read_settings(run: Run) -> dict[str, Any]:
    """Read the settings of a run.

    Raises
    ------
    RunError
        If there are none, or they are no TOML.
    """
    if not run.config.exists():
        raise RunError(f"{run.folder} is no run: it has no {run.config.name}.")
    return read_toml(run.config, RunError)


def settings_if_any(run: Run) -> dict[str, Any]:
    """Read the settings of a run; empty where there are none, or they are damaged."""
    try:
        return read_settings(run)
    except RunError:
        return {}
