"""Cells from what lies in the viewer: points and labels, wherever their layers are placed, in pixels of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.cells import Cells, cells_from_labels
from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.screen import Screen

ROW = "row"
"""In the metadata of a layer of two axes: the field that it belongs to."""


def cells_from_layer(layer: Any, kind: str, row: int, fields: Any) -> Cells:
    """Make cells of a Points or Labels layer.

    A layer of two axes belongs to the field it was made for, else to the one on display; of three, the first says the
    field. Scale, translation and rotation of the layer are honoured; points outside all fields are left out.

    Parameters
    ----------
    layer
        napari's.
    kind
        "points" or "labels".
    row
        The field on display.
    fields
        A layer of the fields, (fields, Y, X), whose pixels count.

    Raises
    ------
    ScreenError
        If the layer has more than three axes, or no cell.
    """
    if layer.ndim not in (2, 3):
        raise ScreenError(f"the layer “{layer.name}” has {layer.ndim} axes; cells want y and x, or field, y and x.")
    row = int(layer.metadata.get(ROW, row))
    table = _of_points(layer) if kind == "points" else _of_labels(layer)
    centres = _on_fields(layer, fields, table[["depth", "y", "x"]].to_numpy(np.float64))
    rows = np.full(len(table), row) if layer.ndim == 2 else np.rint(centres[:, 0]).astype(np.int64)
    table = table.assign(row=rows, y=centres[:, 1], x=centres[:, 2]).drop(columns="depth")
    height, width = fields.data.shape[-2:]
    inside = (rows >= 0) & (rows < fields.data.shape[0])
    inside &= (centres[:, 1:] > -0.5).all(axis=1) & (centres[:, 1:] < (height - 0.5, width - 0.5)).all(axis=1)
    if not inside.any():
        raise ScreenError(f"the layer “{layer.name}” has no cell on a field of the screen.")
    return Cells.of(table[inside], f"{kind} of the layer {layer.name}")


def sizes_of(screen: Screen, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read height and width of some fields, (fields of the screen, 2); 0 elsewhere. It may run in any thread."""
    sizes = np.zeros((len(screen), 2), dtype=np.int64)
    for row in np.unique(rows).tolist():
        sizes[row] = screen.image(row).shape[1:]
    return sizes


def merge_fields(kept: Cells | None, new: Cells) -> Cells:
    """Give what was kept, but of fields that have new cells only the new ones."""
    if kept is None:
        return new
    others = kept.table[~kept.table["row"].isin(new.table["row"])]
    return Cells.of(pd.concat([others, new.table], ignore_index=True), new.origin)


def _of_points(layer: Any) -> pd.DataFrame:
    data = np.asarray(layer.data, dtype=np.float64).reshape(-1, layer.ndim)
    depth = data[:, 0] if layer.ndim == 3 else np.zeros(len(data))
    return pd.DataFrame({"depth": depth, "y": data[:, -2], "x": data[:, -1]})


def _of_labels(layer: Any) -> pd.DataFrame:
    """Take the centroid of each label of each plane that has one."""
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    planes = data[None] if layer.ndim == 2 else data
    tables = [pd.DataFrame({"depth": [], "y": [], "x": [], "cell": [], "area": []})]
    for depth in range(len(planes)):
        plane = np.asarray(planes[depth])
        if plane.any():
            tables.append(cells_from_labels(plane).table.drop(columns=["row", "border"]).assign(depth=float(depth)))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def _on_fields(layer: Any, fields: Any, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give field, y and x (N, 3) in pixels of the fields of places (N, 3) in a layer's own."""
    own = places[:, -layer.ndim :]
    origin = np.array(layer.data_to_world(np.zeros(layer.ndim)))
    axes = np.array([np.array(layer.data_to_world(axis)) - origin for axis in np.eye(layer.ndim)])
    world = own @ axes + origin
    scale, translate = np.asarray(fields.scale)[-3:], np.asarray(fields.translate)[-3:]
    pixels = (world - translate[-layer.ndim :]) / scale[-layer.ndim :]
    return pixels if layer.ndim == 3 else np.column_stack([np.zeros(len(pixels)), pixels])
