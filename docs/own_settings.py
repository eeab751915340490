"""Settings of a tour's own: a tour shows what who has just installed it sees, and whoever runs it keeps theirs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qtpy.QtCore import QSettings

if TYPE_CHECKING:
    from pathlib import Path


def keep_settings_in(folder: Path) -> None:
    """Let Qt and napari keep their settings in a folder, for this process; call it before a window opens."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(folder))
    os.environ["NAPARI_CONFIG"] = str(folder / "napari.yaml")
