"""Cells that were found in the field on display, and the square of a crop: two layers that go with the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_cdcl.layers.attention import KEY, find_layer, pixel_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.cells import Cells

FOUND, CROP = "found cells", "crop"
INSIDE, BORDER = "#7ee081", "#ffa94d"
"""Colours of a cell, and of one whose crop would leave the field."""


def show_cells(viewer: Any, cells: Cells, side: int, row: int) -> None:
    """Ring the cells of field `row`, and lay the square of a crop around the one nearest to the middle."""
    centres = cells.centres
    points = np.column_stack([np.full(len(centres), float(row)), centres])
    active = viewer.layers.selection.active
    _show_points(viewer, points, cells.border, max(6.0, side / 8))
    _show_square(viewer, _around(viewer, centres, side, row))
    if active is not None and active in viewer.layers:
        viewer.layers.selection.active = active


def hide_cells(viewer: Any) -> None:
    """Take both layers away."""
    for kind in (FOUND, CROP):
        layer = find_layer(viewer, kind)
        if layer is not None:
            viewer.layers.remove(layer)


def _show_points(viewer: Any, points: NDArray[np.float64], border: NDArray[np.bool_], size: float) -> None:
    colours = np.where(border, BORDER, INSIDE).tolist() if len(points) else INSIDE
    layer = find_layer(viewer, FOUND)
    if layer is None:
        style = {"face_color": "transparent", "border_width": 0.1, "border_width_is_relative": True, "symbol": "disc"}
        place = {"scale": (1.0, *pixel_scale(viewer)), "name": FOUND, "metadata": {KEY: FOUND}, "ndim": 3}
        layer = viewer.add_points(points, **place, **style, **_axes(viewer))
        layer.editable = False
    else:
        layer.data = points
    layer.border_color = colours
    layer.size = size


def _show_square(viewer: Any, corners: NDArray[np.float64]) -> None:
    layer = find_layer(viewer, CROP)
    if layer is not None:
        layer.data = [corners]
        return
    style = {"face_color": "transparent", "edge_color": "white", "edge_width": 1.5, "opacity": 0.9}
    place = {"scale": (1.0, *pixel_scale(viewer)), "name": CROP, "metadata": {KEY: CROP}}
    added = viewer.add_shapes([corners], shape_type="rectangle", **place, **style, **_axes(viewer))
    added.editable = False


def _around(viewer: Any, centres: NDArray[np.float64], side: int, row: int) -> NDArray[np.float64]:
    """Give the corners (4, 3) of a crop's square, at the outer edges of its pixels."""
    field = find_layer(viewer, "field")
    middle = (np.array(field.data.shape[-2:]) - 1) / 2 if field is not None else np.zeros(2)
    at = centres[np.linalg.norm(centres - middle, axis=1).argmin()] if len(centres) else middle
    steps = np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * side / 2
    return np.column_stack([np.full(4, float(row)), at + steps])


def _axes(viewer: Any) -> dict[str, Any]:
    """Name the axes as the fields do, so that sliders keep their labels and the scale bar its unit."""
    field = find_layer(viewer, "field")
    return {} if field is None else {"axis_labels": ("field", "y", "x"), "units": tuple(map(str, field.units))}
