"""Opens panels that are asked for by name, and brings those to the front that are open already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from napari_cdcl.models.session import session_of
from napari_cdcl.preferences import PLUGIN
from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget


class PanelOpener:
    """Answers `Session.panel_wanted` for one viewer. Panels know one another by the names of napari's menu only."""

    def __init__(self, viewer: Any) -> None:
        self._viewer_ref = ref(viewer)
        self._panels: list[ref[QWidget]] = []
        session_of(viewer).panel_wanted.connect(self.open)

    def note(self, panel: QWidget) -> None:
        """Take note of a panel, whoever has put it into the window."""
        self._panels = [*(one for one in self._panels if one() is not None), ref(panel)]

    def open(self, name: str) -> None:
        """Show a panel by its name in the menu."""
        dock = self._dock_of(name) or self._from_menu(name)
        if dock is not None:
            dock.show()
            dock.raise_()

    def _dock_of(self, name: str) -> Any:
        panels = [panel for one in self._panels if (panel := one()) is not None and is_alive(panel)]
        return next((one.parent() for one in panels if type(one).__name__ == f"{name}Panel"), None)

    def _from_menu(self, name: str) -> Any:
        window = getattr(self._viewer_ref(), "window", None)  # none where there is only the viewer's model
        return None if window is None else window.add_plugin_dock_widget(PLUGIN, name)[0]


_OPENERS: WeakKeyDictionary[Any, PanelOpener] = WeakKeyDictionary()


def panel_opener_of(viewer: Any) -> PanelOpener:
    """Give the opener of a viewer, made with the first panel."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _OPENERS:
        _OPENERS[viewer] = PanelOpener(viewer)
    return _OPENERS[viewer]
