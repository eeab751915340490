"""What the window remembers between two sittings: folders of dialogs, recent sources, where panels lay."""

from __future__ import annotations

import json
from typing import Any

from qtpy.QtCore import QSettings

NAME = "napari-cdcl"


def recall(key: str, default: Any = None) -> Any:
    """Give what was kept under a key; the default where nothing was, or what is there cannot be read."""
    text = QSettings(NAME, NAME).value(key, "")
    try:
        return json.loads(str(text))
    except ValueError:
        return default


def keep(key: str, value: Any) -> None:
    """Keep a value of JSON's kinds under a key, for this user of this machine."""
    QSettings(NAME, NAME).setValue(key, json.dumps(value))
