"""The cells of the field on display as points: those that are selected stand out, and can be selected here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize, ref

import numpy as np

from napari_cdcl.layers.attention import KEY, find_layer, pixel_scale
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CELLS = "cells"
"""What our layer says it is, under `KEY` of its metadata."""
SIZE, CHOSEN = 14.0, 22.0
"""Diameters of the rings in pixels of the image: around a cell, and around a selected one."""


class CellsLayer:
    """Keeps one Points layer with the cells of the field on display, never more. Ask `cells_of` for a viewer's.

    The items of other levels are not points in a field: without cells there is no layer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer_ref = ref(viewer)
        self._session = session_of(viewer)
        self._items = np.zeros(0, dtype=np.int64)
        self._colours = np.zeros((0, 4))
        self._busy = False
        session = self._session
        self._links = (
            (session.row_changed, self._show),
            (session.items_changed, self._show),
            (session.colour_changed, self._recolour),
            (session.selection_changed, self._mark),
            (session.focus_changed, self._centre),
        )
        for signal, method in self._links:
            signal.connect(method)
        finalize(viewer, _leave, ref(self))
        self._recolour()
        self._show()

    def leave(self) -> None:
        """Leave the session alone: the viewer is gone, though a panel may still be there."""
        for signal, method in self._links:
            signal.disconnect(method, missing_ok=True)

    @property
    def layer(self) -> Any:
        """The layer, or None."""
        return find_layer(self._viewer, CELLS)

    @property
    def _viewer(self) -> Any:
        viewer = self._viewer_ref()
        assert viewer is not None
        return viewer

    @property
    def _has_coordinates(self) -> bool:
        items = self._session.items
        return items is not None and items.level == "cell" and {"y", "x"} <= set(items.table)

    def _recolour(self, _colour: str = "") -> None:
        items, column = self._session.items, self._session.colour
        if items is None or not self._has_coordinates:
            self._colours = np.zeros((0, 4))
            return
        from cdcl.scatter import colour_column, one_colour  # brings pandas, which an empty window does without
        from cdcl.scatter.palette import channels

        colouring = colour_column(items.table, column) if column in items.table else one_colour(len(items))
        palette = np.column_stack([channels(colouring.colours), np.ones(len(colouring.colours))])
        self._colours = palette[colouring.codes]
        self._paint()

    def _show(self, _changed: Any = None) -> None:
        """Take over the cells of the field."""
        items, row = self._session.items, self._session.row
        if items is None or not self._has_coordinates:
            if self.layer is not None:
                self._viewer.layers.remove(self.layer)
            return
        if len(self._colours) != len(items):
            self._recolour()
        self._items = np.flatnonzero(items.rows == row)
        table = items.table.iloc[self._items]
        points = np.column_stack([np.full(len(table), row), table["y"], table["x"]]).astype(np.float64)
        self._busy = True
        try:
            self._fill(points)
        finally:
            self._busy = False
        self._paint()

    def _fill(self, points: NDArray[np.float64]) -> None:
        layer = self.layer
        if layer is not None:
            layer.selected_data = set()
            layer.data = points
            return
        style = {"face_color": "transparent", "border_width": 0.12, "border_width_is_relative": True, "size": SIZE}
        scale = (1.0, *pixel_scale(self._viewer))
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_points(points, ndim=3, name=CELLS, scale=scale, metadata={KEY: CELLS}, **style)
        layer.selected_data.events.items_changed.connect(self._on_selected)
        if active is not None:
            self._viewer.layers.selection.active = active

    def _paint(self) -> None:
        """Ring selected cells in white and large, the others in the colour of the scatter."""
        layer = self.layer
        if layer is None or not len(self._items) or len(layer.data) != len(self._items):
            return
        chosen = self._session.selection[self._items]
        colours = self._colours[self._items].copy()
        colours[chosen] = 1.0
        self._busy = True
        try:
            layer.border_color = colours
            layer.size = np.where(chosen, CHOSEN, SIZE)
        finally:
            self._busy = False

    def _mark(self, _mask: Any = None) -> None:
        layer = self.layer
        if layer is None or self._busy:
            return
        self._busy = True
        try:
            layer.selected_data = set(np.flatnonzero(self._session.selection[self._items]).tolist())
        finally:
            self._busy = False
        self._paint()

    def _on_selected(self, _event: Any = None) -> None:
        """Select what was selected in the canvas; what is selected in other fields goes, as in the scatter."""
        layer = self.layer
        if self._busy or layer is None or len(layer.data) != len(self._items):
            return
        mask = np.zeros_like(self._session.selection)
        mask[self._items[sorted(layer.selected_data)]] = True
        self._session.selection = mask

    def _centre(self, item: int) -> None:
        items = self._session.items
        if items is None or item < 0 or not self._has_coordinates:
            return
        place = items.table[["y", "x"]].iloc[item].to_numpy(dtype=np.float64) * pixel_scale(self._viewer)
        camera = self._viewer.scene.camera
        camera.center = (*camera.center[:-2], *place)


def _leave(weak: Callable[[], CellsLayer | None]) -> None:
    cells = weak()
    if cells is not None:
        cells.leave()


_CELLS: WeakKeyDictionary[Any, CellsLayer] = WeakKeyDictionary()


def cells_of(viewer: Any) -> CellsLayer:
    """Give the cells of a viewer, made with the first panel that asks."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _CELLS:
        _CELLS[viewer] = CellsLayer(viewer)
    return _CELLS[viewer]
