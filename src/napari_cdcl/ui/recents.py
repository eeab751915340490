"""The screens and runs, or other places, that were opened last, in this window and before."""

from __future__ import annotations

from pathlib import Path

from napari_cdcl.qt_settings import read_setting, write_setting

MOST = 8
"""As many as a menu shows at a glance."""
KEY = "recent"


def note_recent(path: Path, key: str = KEY) -> None:
    """Put a screen or run, or what is kept under another key, first among the recent ones."""
    place = str(path.resolve())
    write_setting(key, [place, *(one for one in _kept(key) if one != place)][:MOST])


def recent_sources(key: str = KEY) -> list[Path]:
    """Give the recent screens and runs, or what is kept under a key, that are there still, the newest first."""
    return [Path(place) for place in _kept(key) if Path(place).exists()]


def _kept(key: str) -> list[str]:
    found = read_setting(key, [])
    return [place for place in found if isinstance(place, str)] if isinstance(found, list) else []
