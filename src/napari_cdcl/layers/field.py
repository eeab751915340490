"""The field on display: one additive layer a channel over all fields of the screen, and a slider between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize, ref

import numpy as np

from napari_cdcl import actions
from napari_cdcl.layers.attention import KEY
from napari_cdcl.layers.captions import captions_of
from napari_cdcl.layers.pixels import ChannelPixels, FieldPixels
from napari_cdcl.layers.saving import save_what_is_shown
from napari_cdcl.models.channel_luts import COLOURS, ChannelLut, choose_colormaps, measure_limits
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

FIELD = "field"
"""What our layers of channels say they are, under `KEY` of their metadata."""
TOLD = ("plate", "well", "site", "treatment", "control")
"""Columns of the line above the image."""


def field_layers(screen: Screen, opened: actions.Opened | None = None) -> list[tuple[Any, dict[str, Any], str]]:
    """Describe one layer a channel, as napari's readers do; all share a cache of one field.

    Parameters
    ----------
    opened
        What was read along with the screen, for the panels to take up.
    """
    pixels = FieldPixels(screen)
    colormaps = choose_colormaps(screen.channels)
    first = pixels.field(max(pixels.row, 0))
    side = screen.pixel_size or 1.0
    return [
        (
            ChannelPixels(pixels, number),
            {
                "name": name,
                "colormap": colormap,
                "blending": "additive",
                "contrast_limits": measure_limits(first[number]),
                "scale": (1.0, side, side),
                "units": ("pixel", "um", "um") if screen.pixel_size else ("pixel",) * 3,
                "axis_labels": ("field", "y", "x"),
                "multiscale": False,
                "rgb": False,
                "metadata": {KEY: FIELD, "channel": name, "screen": screen, "opened": opened},
            },
            "image",
        )
        for number, (name, colormap) in enumerate(zip(screen.channels, colormaps, strict=True))
    ]


class FieldLayers:
    """Keeps a viewer's channel layers and slider in step with its session. Ask `fields_of` for a viewer's."""

    def __init__(self, viewer: Any) -> None:
        self._viewer_ref = ref(viewer)
        self._session = session_of(viewer)
        self._pixels: FieldPixels | None = None
        self._busy = False
        self._doubtful: Screen | None = None
        self._session.screen_changed.connect(self._on_screen)
        self._session.screen_relabelled.connect(self._on_relabelled)
        self._session.screen_reopened.connect(self._on_reopened)
        self._session.row_changed.connect(self._on_row)
        self._session.luts_changed.connect(self._on_luts)
        finalize(viewer, _leave, ref(self))
        viewer.dims.events.current_step.connect(self._on_step)
        viewer.layers.events.inserted.connect(self._on_inserted)
        if self._session.screen is None:
            self._adopt()
        else:
            self._on_screen(self._session.screen)

    def leave(self) -> None:
        """Leave the session alone: the viewer is gone, though a panel may still be there."""
        for name in ("screen", "row", "luts"):
            getattr(self._session, f"{name}_changed").disconnect(getattr(self, f"_on_{name}"), missing_ok=True)
        self._session.screen_relabelled.disconnect(self._on_relabelled, missing_ok=True)
        self._session.screen_reopened.disconnect(self._on_reopened, missing_ok=True)

    @property
    def layers(self) -> dict[str, Any]:
        """The layer of each channel, those that the user has not removed."""
        return {
            layer.metadata["channel"]: layer
            for layer in self._viewer.layers
            if layer.metadata.get(KEY) == FIELD and layer.metadata.get("screen") is self._session.screen
        }

    @property
    def pixels(self) -> FieldPixels | None:
        """What reads the fields."""
        return self._pixels

    @property
    def _viewer(self) -> Any:
        viewer = self._viewer_ref()
        assert viewer is not None
        return viewer

    def _on_inserted(self, _event: Any = None) -> None:
        if not self._busy:
            self._adopt()

    def _adopt(self) -> None:
        """Take up layers that a reader or the sample data brought."""
        for layer in self._viewer.layers:
            screen = layer.metadata.get("screen")
            if layer.metadata.get(KEY) == FIELD and screen is not None and screen is not self._session.screen:
                self._replace(layer.metadata.get("opened") or actions.Opened(screen))
                return
        if self._session.screen is not None:
            self._take_layers()

    def _replace(self, opened: actions.Opened) -> None:
        """Take up what was opened, unless something would be lost by it: then whoever listens asks first."""
        if not self._session.unsaved or not len(self._session.replacing):
            actions.show_opened(self._session, opened)
        elif opened.screen is not self._doubtful:  # of its channels, only the first one asks
            self._doubtful = opened.screen
            self._session.replacing.emit(opened)

    def settle(self, opened: actions.Opened, *, goes: bool) -> None:
        """Take up what waited for an answer, or take its layers away again."""
        self._doubtful = None
        if goes:
            actions.show_opened(self._session, opened)
            return
        for layer in [layer for layer in self._viewer.layers if layer.metadata.get("screen") is opened.screen]:
            self._viewer.layers.remove(layer)

    def _on_screen(self, screen: Screen | None) -> None:
        viewer, self._busy = self._viewer, True
        try:
            # Rings, maps and points of the old fields, too: they would count when the view is fitted to the new ones.
            for layer in [layer for layer in viewer.layers if KEY in layer.metadata]:
                if layer.metadata[KEY] != FIELD or layer.metadata.get("screen") is not screen:
                    viewer.layers.remove(layer)
            if screen is not None and not self.layers:
                self._add_layers(screen)
            elif screen is not None:
                self._settle_layers()
        finally:
            self._busy = False
        if screen is None:
            self._pixels = None
            captions_of(self._viewer).tell_field("")
            return
        self._on_luts(self._session.luts)  # as they were when the run was last open
        self._take_layers()

    def _add_layers(self, screen: Screen) -> None:
        for data, settings, _kind in field_layers(screen):
            self._viewer.add_image(data, **settings)
        self._viewer.reset_view()

    def _settle_layers(self) -> None:
        """Give layers of a reader the names that those of the last screen held, and bring them into view."""
        for name, layer in self.layers.items():
            if name not in self._viewer.layers:
                layer.name = name
        self._viewer.reset_view()

    def _on_reopened(self, screen: Screen) -> None:
        """Bring back what the user has deleted, looking as it did; renamed and hidden layers stay as they are."""
        gone = [name for name in screen.channels if name not in self.layers]
        if not gone:
            return
        self._busy = True
        try:
            for data, settings, _kind in field_layers(screen):
                if settings["metadata"]["channel"] in gone:
                    self._viewer.add_image(data, **settings)
        finally:
            self._busy = False
        self._on_luts(self._session.luts)
        self._take_layers()
        self._on_row(self._session.row)

    def _on_relabelled(self, screen: Screen) -> None:
        """The pixels are the same: the layers stay."""
        for layer in self._viewer.layers:
            if layer.metadata.get(KEY) == FIELD:
                layer.metadata["screen"], layer.metadata["opened"] = screen, None
        if self._session.row >= 0:
            captions_of(self._viewer).tell_field(name_field(self._session, self._session.row))

    def _take_layers(self) -> None:
        """Listen to the layers there are, and tell the session how they look."""
        for layer in self.layers.values():
            if isinstance(layer.data, ChannelPixels):
                self._pixels = layer.data.fields
            save_what_is_shown(layer, lambda: self._session.row)
            for name in ("contrast_limits", "gamma", "visible", "colormap"):
                event = getattr(layer.events, name)
                event.disconnect(self._tell_luts)
                event.connect(self._tell_luts)
        self._tell_luts()

    def _tell_luts(self, _event: Any = None) -> None:
        if not self._busy:
            shown = {name: _lut_of(layer) for name, layer in self.layers.items()}
            self._session.luts = {**self._session.luts, **shown}  # a deleted layer may come back

    def _on_luts(self, luts: Mapping[str, ChannelLut]) -> None:
        self._busy = True
        try:
            for name, layer in self.layers.items():
                if name in luts and luts[name] != _lut_of(layer):
                    _dress(layer, luts[name])
        finally:
            self._busy = False

    def _on_step(self, _event: Any = None) -> None:
        if not self._busy and self._session.screen is not None and self.layers:
            self._session.row = int(np.clip(self._slider(), 0, len(self._session.screen) - 1))

    def _on_row(self, row: int) -> None:
        if row < 0 or self._session.screen is None:
            return
        if self._pixels is not None:
            self._pixels.field(row)
            if row in self._pixels.failures:
                self._session.told.emit(f"This field is shown black: {self._pixels.failures[row]}")
        dims = self._viewer.dims
        if self.layers and self._slider() != row:
            self._busy = True
            try:
                dims.set_current_step(dims.ndim - 3, row)
            finally:
                self._busy = False
        captions_of(self._viewer).tell_field(name_field(self._session, row))

    def _slider(self) -> int:
        dims = self._viewer.dims
        return round(float(dims.point[dims.ndim - 3])) if dims.ndim >= 3 else 0


def name_field(session: Session, row: int) -> str:
    """Say in a line what a field is: "Week1/P3 · B02 · site 1 · taxol@3"."""
    assert session.screen is not None
    sites = session.screen.sites
    parts = {name: str(sites[name].iat[row]) for name in TOLD if name in sites}
    if "site" in parts:
        parts["site"] = f"site {parts['site']}"
    if parts.get("control"):
        parts["control"] = f"{parts['control']} control"
    return " · ".join(part for part in parts.values() if part)


def _lut_of(layer: Any) -> ChannelLut:
    low, high = (float(limit) for limit in layer.contrast_limits)
    red, green, blue = (round(float(part), 3) for part in layer.colormap.colors[-1][:3])
    return ChannelLut(low, high, str(layer.colormap.name), (red, green, blue), float(layer.gamma), bool(layer.visible))


def _dress(layer: Any, look: ChannelLut) -> None:
    low, high = layer.contrast_limits_range
    layer.contrast_limits_range = (min(low, look.low), max(high, look.high))
    layer.contrast_limits = (look.low, look.high)
    layer.gamma, layer.visible = look.gamma, look.visible
    if look.colormap != layer.colormap.name and look.colormap in COLOURS:
        layer.colormap = look.colormap


def _leave(weak: Callable[[], FieldLayers | None]) -> None:
    layers = weak()
    if layers is not None:
        layers.leave()


_FIELDS: WeakKeyDictionary[Any, FieldLayers] = WeakKeyDictionary()


def fields_of(viewer: Any) -> FieldLayers:
    """Give the field layers of a viewer, made with the first panel that asks."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _FIELDS:
        _FIELDS[viewer] = FieldLayers(viewer)
    return _FIELDS[viewer]
