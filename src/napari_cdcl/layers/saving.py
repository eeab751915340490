"""What napari saves of our layers: the field on display, as one plane, and not every field of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = ("name", "colormap", "blending", "contrast_limits", "gamma", "opacity", "visible")
"""Of what a layer looks like."""


def save_what_is_shown(layer: Any, shown: Callable[[], int]) -> None:
    """Let napari's own *Save* and *Duplicate* take the plane on display of a layer over all fields.

    napari asks a layer for its data, settings and kind, and hands them to whatever writes the file: a screen of 369
    fields would be read and written as a whole.

    Parameters
    ----------
    shown
        Gives the row on display, or -1.
    """
    weak = ref(layer)

    def one_plane() -> tuple[Any, dict[str, Any], str]:
        from napari.layers import Image

        own = weak()
        assert own is not None
        plane = np.asarray(own.data[max(shown(), 0)])
        looks = {name: getattr(own, name) for name in KEPT}
        place = {"scale": own.scale[-2:], "translate": own.translate[-2:], "units": own.units[-2:]}
        data, settings, kind = Image(plane, **looks, **place).as_layer_data_tuple()
        return data, settings, kind

    layer.as_layer_data_tuple = one_plane
