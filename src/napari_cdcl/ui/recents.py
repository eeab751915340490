"""The screens and runs that were opened last, in this window and before."""

from __future__ import annotations

from pathlib import Path

from napari_cdcl.qt_settings import read_setting, write_setting

MOST = 8
"""As many as a menu shows at a glance."""
KEY = "recent"


def note_recent(path: Path) -> None:
    """Put a screen or run first among the recent ones."""
    place = str(path.resolve())
    write_setting(KEY, [place, *(one for one in _kept() if one != place)][:MOST])


def recent_sources() -> list[Path]:
    """Give the recent screens and runs that are there still, the newest first."""
    return [Path(place) for place in _kept() if Path(place).exists()]


def _kept() -> list[str]:
    found = read_setting(KEY, [])
    return [place for place in found if isinstance(place, str)] if isinstance(found, list) else []
