"""Where runs are kept: of the preferences, else where the user looked last."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QSettings

from napari_cdcl.preferences import read_preferences


def runs_folder() -> Path:
    """Give the folder of runs: of the preferences, else the one chosen last, else "cdcl-runs" in the user's home."""
    if preferred := read_preferences().runs.strip():
        return Path(preferred).expanduser()
    return Path(str(QSettings("napari-cdcl", "napari-cdcl").value("runs", "") or Path.home() / "cdcl-runs"))
