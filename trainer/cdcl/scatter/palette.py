"""Colours that stay apart for colour-blind eyes, on dark and on light ground."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPAQUE = 0xFF000000
"""The highest byte of ARGB."""
MISSING = 0xFF8C8C8C
"""Where there is no value."""
PLAIN = 0xFF3D8BC4
"""Of points that are not coloured by anything."""

CATEGORIES = np.array(
    [
        *(0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0xD55E00, 0x56B4E9, 0x660AFF, 0xCCD685, 0x7070FF, 0xC20033),
        *(0x99E0B8, 0x52E0EB, 0xA32970, 0x7A99FF, 0xC28F52, 0x7AEB52, 0x295CC2, 0x33703D, 0xA3148F, 0x5C3DE0),
    ],
    dtype=np.uint32,
) | np.uint32(OPAQUE)
"""Six of Okabe and Ito (2008), then each as far from those before as can be, also to protanope and deuteranope eyes."""

_ANCHORS = (
    *(0x440154, 0x48186A, 0x472D7B, 0x424086, 0x3B528B, 0x33638D, 0x2C728E, 0x26828E, 0x21918C),
    *(0x1FA088, 0x28AE80, 0x3FBC73, 0x5EC962, 0x84D44B, 0xADDC30, 0xD8E219, 0xFDE725),
)


def channels(colours: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Give red, green and blue (..., 3) of ARGB, from 0 to 1."""
    return np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=-1) / 255


def _interpolate(anchors: tuple[int, ...], num: int) -> NDArray[np.uint32]:
    stops = channels(np.array(anchors, dtype=np.uint32)) * 255
    steps = np.linspace(0, len(anchors) - 1, num)
    red, green, blue = (np.interp(steps, range(len(anchors)), stop).round().astype(np.uint32) for stop in stops.T)
    colours: NDArray[np.uint32] = red << 16 | green << 8 | blue | np.uint32(OPAQUE)
    return colours


VIRIDIS = _interpolate(_ANCHORS, 256)
"""256 steps of viridis (Smith and van der Walt 2015), dark to bright."""

DIVERGING = _interpolate((0x04335E, 0x0072B2, 0x8CC1E0, 0xF6F6F4, 0xF4B78E, 0xD55E00, 0x6E2C00), 255)
"""255 steps from blue through near white, the middle, to vermilion, after Okabe and Ito (2008): all eyes tell both ends
from the middle by lightness, and colour-blind ones an end from the other by hue."""


def colours_of(names: tuple[str, ...]) -> NDArray[np.uint32]:
    """Give each class its colour, ARGB (K,): of twenty that stay apart, or beyond by its name, the same everywhere."""
    if len(names) <= len(CATEGORIES):
        return CATEGORIES[: len(names)]
    return np.array([_hash_colour(name) for name in names], dtype=np.uint32)


def _hash_colour(name: str) -> int:
    number = crc32(name.encode())
    hue, shade = (number & 0xFFFF) / 0x10000, (number >> 16) % 3
    red, green, blue = colorsys.hls_to_rgb(hue, (0.42, 0.55, 0.68)[shade], (0.85, 0.6, 0.75)[shade])
    return OPAQUE | round(red * 255) << 16 | round(green * 255) << 8 | round(blue * 255)


def to_hex(colour: int) -> str:
    """Write ARGB as "#rrggbb"."""
    return f"#{int(colour) & 0xFFFFFF:06x}"
