"""Where runs are kept: of the preferences, else where the user looked last."""

from __future__ import annotations

from pathlib import Path

from napari_cdcl.preferences import read_preferences
from napari_cdcl.qt_settings import read_text_setting, write_text_setting

KEY = "runs"


def runs_folder() -> Path:
    """Give the folder of runs: of the preferences, else the one chosen last, else "cdcl-runs" in the user's home."""
    if preferred := read_preferences().runs.strip():
        return Path(preferred).expanduser()
    return Path(read_text_setting(KEY) or Path.home() / "cdcl-runs")


def remember_runs_folder(folder: Path | str) -> None:
    """Keep the folder of runs that was chosen, for the next window."""
    write_text_setting(KEY, str(folder))
