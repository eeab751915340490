"""What the user has set under File ▸ Preferences ▸ CDCL screens, as napari keeps it. No Qt.

napari draws the page from `contributions.configurations` of the manifest, checks values, and writes them into a file of
its own. Without napari's settings, or while the plugin is disabled, the defaults hold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from psygnal import Signal

PLUGIN = "napari-cdcl"
AUTO = "auto"


@dataclass(frozen=True)
class Preferences:
    """All settings with their defaults, which are those of the manifest.

    Attributes
    ----------
    runs
        Folder of new runs; "": the one that was chosen last.
    cache
        Folder of decoded pixels; "": $CDCL_CACHE, or the system's folder of caches.
    device
        Where attention and embeddings are computed.
    release_after
        Minutes without a look, after which the attention panel lets its network go; 0: never.
    point_size, point_opacity
        Of the points in a scatter, in pixels (0: by their number) and percent.
    crop
        Side of a cell's picture in pixels, where the run was not trained on cells.
    contrast
        Where contrast limits of a screen come from at first: "plate" or "screen".
    attention_opacity, attention_colormap
        Of the maps over a field, in percent, and by napari's name.
    attention_share
        Percent of the attention that the strongest patches hold at first.
    pictures_mb
        Memory for the pictures of galleries.
    cells_mb
        Profiles of cells in a larger file are read only when they are asked for.
    """

    runs: str = ""
    cache: str = ""
    device: str = AUTO
    release_after: int = 30
    point_size: int = 0
    point_opacity: int = 100
    crop: int = 64
    contrast: str = "plate"
    attention_opacity: int = 60
    attention_colormap: str = "inferno"
    attention_share: int = 60
    pictures_mb: int = 192
    cells_mb: int = 400


class Changes:
    """Tells each change of a setting, whoever made it."""

    changed = Signal(str)
    """A field of `Preferences`."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        if settings is not None:
            settings.events.changed.connect(self._tell)

    def _tell(self, event: Any) -> None:
        self.changed.emit(str(event.key).rpartition(".")[2])


def read_preferences() -> Preferences:
    """Read what is set now."""
    settings = _settings()
    if settings is None:
        return Preferences()
    known = {field.name for field in fields(Preferences)}
    set_now = {name: value for group in settings.model_dump().values() if group for name, value in group.items()}
    return Preferences(**{name: value for name, value in set_now.items() if name in known})


def preference_changes() -> Changes:
    """Give what tells changes of the settings that napari keeps now."""
    settings = _settings()
    if settings is None:
        return Changes(None)
    if id(settings) not in _CHANGES:
        _CHANGES[id(settings)] = Changes(settings)
    return _CHANGES[id(settings)]


def child_variables() -> dict[str, str]:
    """Give what children are told by their environment: where decoded pixels are kept."""
    cache = read_preferences().cache.strip()
    return {"CDCL_CACHE": str(Path(cache).expanduser())} if cache else {}


def device_arguments() -> list[str]:
    """Give the option of `cdcl` that names the device, if the user named one."""
    device = read_preferences().device
    return [] if device == AUTO else ["--device", device]


_CHANGES: dict[int, Changes] = {}  # each holds its settings, so that their id stays theirs


def _settings() -> Any:
    try:
        from napari.settings import get_plugin_settings

        return get_plugin_settings(PLUGIN)
    except (ImportError, KeyError):
        return None
