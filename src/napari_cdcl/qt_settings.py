"""What the window remembers between two sittings, in Qt's settings: folders of dialogs, recent sources, docks.

What the user sets on purpose is in `napari_cdcl.preferences`. No other module knows `QSettings`.
"""

from __future__ import annotations

import json
from typing import Any

from qtpy.QtCore import QSettings

NAME = "napari-cdcl"


def read_setting(key: str, default: Any = None) -> Any:
    """Read what was kept under a key; the default where nothing was, or what is there cannot be read."""
    try:
        return json.loads(read_text_setting(key))
    except (ValueError, RecursionError):
        return default


def write_setting(key: str, value: Any) -> None:
    """Keep a value of JSON's kinds under a key, for this user of this machine."""
    write_text_setting(key, json.dumps(value))


def read_text_setting(key: str) -> str:
    """Read a text that was kept as it is; "" where nothing was."""
    return str(QSettings(NAME, NAME).value(key, "") or "")


def write_text_setting(key: str, text: str) -> None:
    """Keep a text as it is, for this user of this machine."""
    QSettings(NAME, NAME).setValue(key, text)
