"""Lines in the corner of the canvas: which field is on display, and which map of attention lies over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from napari_cdcl.layers.attention import KINDS, find_layer

if TYPE_CHECKING:
    from cdcl.attention import Attention, Question

WORDS = "words"
"""In the metadata of a layer of maps: what each of its maps is, in a line."""


class Captions:
    """Writes napari's text overlay anew when a slider moves. Ask `captions_of` for a viewer's."""

    def __init__(self, viewer: Any) -> None:
        self._viewer_ref = ref(viewer)
        self._field = ""
        viewer.dims.events.current_step.connect(self._write)
        viewer.layers.events.removed.connect(self._write)

    def tell_field(self, text: str) -> None:
        """Write what the field on display is; "" for none."""
        self._field = text
        self._write()

    def tell_maps(self, layer: Any, words: tuple[str, ...]) -> None:
        """Write what each map of a layer is, as long as the layer is shown."""
        layer.metadata[WORDS] = words
        layer.events.visible.disconnect(self._write)
        layer.events.visible.connect(self._write)
        self._write()

    @property
    def lines(self) -> list[str]:
        """What is written now."""
        viewer = self._viewer_ref()
        layers = [] if viewer is None else [find_layer(viewer, kind) for kind in KINDS]
        told = [self._field, *(_name_shown(viewer, layer) for layer in layers if layer is not None)]
        return [line for line in told if line]

    def _write(self, _event: Any = None) -> None:
        viewer = self._viewer_ref()
        if viewer is None:
            return
        overlay, text = viewer.canvas.overlays.text, "\n".join(self.lines)
        if overlay.text != text:
            overlay.text, overlay.font_size, overlay.position = text, 9, "top_left"
        overlay.visible = bool(text)


def name_maps(attention: Attention, question: Question, percent: int = 100) -> tuple[str, ...]:
    """Say of each map what it shows, in short lines: "attention: head 3 of 4, last block".

    Parameters
    ----------
    percent
        Of the attention that the patches on display hold.
    """
    num = len(attention.maps)
    if question.kind == "keys":
        return ("cyan: the patches most like it",) * num
    names = attention.names or tuple(f"map {number + 1}" for number in range(num))
    more = "" if question.patch is None else "\nof the patch in row {}, column {}".format(*question.patch)
    more += "" if percent >= 100 else f"\nthe patches that hold {percent} %"
    return tuple(f"attention: {_describe(name, num, question)}{more}" for name in names)


def _describe(name: str, num: int, question: Question) -> str:
    """Say which map it is; a network that looks at each channel by itself has its name before."""
    channel, comma, head = name.rpartition(", ")
    last = question.block < 0
    block = "last block" if last else f"block {question.block}"
    words = {
        "rollout": f"through {'all blocks' if last else f'blocks 0 to {question.block}'}",
        "mean": f"mean of heads, {block}",
    }.get(question.kind, f"{head}{'' if comma else f' of {num}'}, {block}")
    return f"{channel}{comma}{words}"


def _name_shown(viewer: Any, layer: Any) -> str:
    """Give the words of the map on display; "" where the layer is hidden, or of another field."""
    words = layer.metadata.get(WORDS, ())
    point = viewer.dims.point
    if not words or not layer.visible or len(point) < layer.ndim:
        return ""
    if round(float(point[-3])) != layer.metadata.get("row"):
        return ""
    number = int(np.clip(round(float(point[-layer.ndim])), 0, len(words) - 1))
    return str(words[number])


_CAPTIONS: WeakKeyDictionary[Any, Captions] = WeakKeyDictionary()


def captions_of(viewer: Any) -> Captions:
    """Give the captions of a viewer, made by the first that asks."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _CAPTIONS:
        _CAPTIONS[viewer] = Captions(viewer)
    return _CAPTIONS[viewer]
