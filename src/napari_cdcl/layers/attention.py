"""Attention over the field on display: one layer at patch resolution, used again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.attention import strongest
from napari_cdcl.preferences import read_preferences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.attention import Attention

OVERLAY, SIMILAR = "attention", "similar patches"
KEY = "cdcl"
"""In the metadata of our layers: what a layer is for. Names can be changed by the user."""
KINDS = (OVERLAY, SIMILAR)
BLENDING = {OVERLAY: "translucent_no_depth", SIMILAR: "additive"}
"""Attention covers the field, so that both can be told apart where both are bright; similar patches add their cyan."""


def show_maps(viewer: Any, attention: Attention, row: int, *, kind: str = OVERLAY, share: float = 1.0) -> Any:
    """Lay maps over field `row`: (maps, 1, h, w), maps on the first slider; gives the layer.

    Parameters
    ----------
    viewer
        napari's viewer, or its model.
    row
        The field's place on the fields' slider.
    kind
        One of `KINDS`; each has one layer.
    share
        Patches that do not belong to the smallest set with this share of a map's mass are left dark; 1 shows all.
    """
    maps = np.where(strongest(attention.maps, share), attention.maps, 0.0) if share < 1.0 else attention.maps
    data = _without_rim(maps, attention.rim)[:, None].astype(np.float32, copy=False)
    pixel = pixel_scale(viewer)
    place = {
        "scale": (1.0, 1.0, attention.scale[0] * pixel[0], attention.scale[1] * pixel[1]),
        "translate": (0.0, float(row), attention.translate[0] * pixel[0], attention.translate[1] * pixel[1]),
    }
    limits = _limits(data, kind)
    layer = find_layer(viewer, kind)
    if layer is None:
        style = {**_axes(viewer), "name": kind, "interpolation2d": "nearest", "metadata": {KEY: kind}}
        layer = viewer.add_image(data, contrast_limits=limits, blending=BLENDING[kind], **place, **style)
        dress(layer, kind)
    else:
        layer.data = data
        layer.scale, layer.translate = place["scale"], place["translate"]
        layer.contrast_limits_range = limits
        layer.contrast_limits = limits
    layer.metadata["names"], layer.metadata["row"] = attention.names, row
    return layer


def _without_rim(maps: NDArray[np.floating], rim: int) -> NDArray[np.floating]:
    """Leave the rim open that fewer windows have seen: what is not a number has no colour."""
    if not rim:
        return maps
    open_rim = np.full_like(maps, np.nan)
    open_rim[..., rim:-rim, rim:-rim] = maps[..., rim:-rim, rim:-rim]
    return open_rim


def dress(layer: Any, kind: str) -> None:
    """Give a layer the colours and the opacity of its kind, those of attention from the preferences."""
    preferences = read_preferences()
    attention = preferences.attention_colormap, preferences.attention_opacity / 100
    layer.colormap, layer.opacity = attention if kind == OVERLAY else ("cyan", 0.4)


def hide_maps(viewer: Any, kind: str) -> None:
    """Take a kind of maps away."""
    layer = find_layer(viewer, kind)
    if layer is not None:
        viewer.layers.remove(layer)


def find_layer(viewer: Any, kind: str) -> Any:
    """Give the viewer's layer of a kind, or None."""
    return next((layer for layer in viewer.layers if layer.metadata.get(KEY) == kind), None)


def pixel_scale(viewer: Any) -> tuple[float, float]:
    """Give height and width of a pixel of the fields in world units; 1 where no field is shown."""
    layer = find_layer(viewer, "field")
    return (1.0, 1.0) if layer is None else (float(layer.scale[-2]), float(layer.scale[-1]))


def _limits(data: NDArray[np.float32], kind: str) -> tuple[float, float]:
    """Give what is dark and what is bright; of similar patches, only the most similar quarter is lit."""
    low = float(np.nanpercentile(data, 75)) if kind == SIMILAR else 0.0
    return low, max(float(np.nanmax(data, initial=0.0)), low + 1e-6)


def _axes(viewer: Any) -> dict[str, Any]:
    """Name the axes as the fields do, so that sliders keep their labels and the scale bar its unit."""
    layer = find_layer(viewer, "field")
    names = {"axis_labels": ("head", "field", "y", "x")}
    return names if layer is None else {**names, "units": ("pixel", *map(str, layer.units))}


def patch_at(viewer: Any, position: NDArray[np.float64] | tuple[float, ...]) -> tuple[int, int] | None:
    """Give (row, column) of the patch under a position in world units, or None outside or without attention."""
    layer = find_layer(viewer, OVERLAY)
    if layer is None:
        return None
    place = np.asarray(position[-2:]) - layer.translate[-2:]
    row, column = np.rint(place / layer.scale[-2:]).astype(int).tolist()
    height, width = layer.data.shape[-2:]
    return (row, column) if 0 <= row < height and 0 <= column < width else None
