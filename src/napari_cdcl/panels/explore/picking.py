"""Select in the canvas: cells with napari's own tool, whole fields by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from napari_cdcl import actions
from napari_cdcl.layers.cell_points import cells_of
from napari_cdcl.models.session import session_of
from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qtpy.QtWidgets import QWidget

_FAR = 3.0
"""Pixels of the canvas; what moves farther is a drag."""


class Picking:
    """While it is on, a click in the canvas selects."""

    def __init__(self, viewer: Any, panel: QWidget) -> None:
        viewer = getattr(viewer, "__wrapped__", viewer)
        self._viewer_ref, self._panel_ref = ref(viewer), ref(panel)
        self._session = session_of(viewer)
        self.on = False

    def turn(self, on: bool) -> None:
        """Turn it on or off; cells get the selecting tool of their layer, fields a click."""
        viewer, self.on = self._viewer_ref(), on
        if viewer is None:
            return
        layer = cells_of(viewer).layer
        if layer is not None:
            layer.mode = "select" if on else "pan_zoom"
            if on:
                viewer.layers.selection.active = layer
        callbacks = viewer.mouse_drag_callbacks
        if on and layer is None and self._on_press not in callbacks:
            callbacks.append(self._on_press)
        elif not on and self._on_press in callbacks:
            callbacks.remove(self._on_press)

    def _on_press(self, _viewer: Any, event: Any) -> Iterator[None]:
        panel = self._panel_ref()
        if panel is None or not is_alive(panel):
            self.turn(False)
            return
        begin = event.pos
        yield
        while event.type == "mouse_move":
            yield
        if max(abs(a - b) for a, b in zip(event.pos, begin, strict=True)) > _FAR:
            return
        mode: actions.Mode = "replace"
        if "Shift" in event.modifiers:
            mode = "add"
        elif {"Alt", "Control"} & set(event.modifiers):
            mode = "subtract"
        actions.select_field(self._session, mode)
