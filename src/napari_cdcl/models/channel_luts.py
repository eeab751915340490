"""How each channel is drawn: its dye-like colour and its contrast, the same in the canvas and in the gallery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CONTRAST = (1.0, 99.8)
"""Percentiles of a channel's pixels that become black and full colour."""

_DYES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"dna|dapi|hoechst|nucl|draq|h2b", ("blue", "cyan")),
    (r"mito|tomm|tmrm", ("red", "magenta")),
    (r"tubulin|microtub|gfp|fitc|488", ("green", "cyan")),
    (r"^er$|_er$|^er_|endoplasmic|conca|calret", ("green", "cyan")),
    (r"rna|syto", ("yellow", "cyan")),
    (r"agp|golgi|wga|membrane", ("bop orange", "magenta")),
    (r"actin|phalloidin", ("red", "green", "bop orange")),
    (r"bright|phase|dic|trans", ("gray",)),
)
"""What a channel's name holds, and the colours it may have; the first line chooses first."""
_OTHERS = ("green", "magenta", "cyan", "yellow", "red", "blue", "bop orange")

COLOURS: dict[str, tuple[float, float, float]] = {
    "blue": (0.0, 0.0, 1.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "cyan": (0.0, 1.0, 1.0),
    "magenta": (1.0, 0.0, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "bop orange": (0.98, 0.68, 0.13),
    "gray": (1.0, 1.0, 1.0),
}
"""The brightest colour of napari's colormaps of these names, red, green and blue from 0 to 1."""


@dataclass(frozen=True)
class ChannelLut:
    """How one channel is drawn.

    Attributes
    ----------
    low, high
        Counts that become black and full colour.
    colormap
        Its name in napari.
    colour
        The colour of `high`, red, green and blue from 0 to 1.
    """

    low: float
    high: float
    colormap: str = "gray"
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    visible: bool = True


def choose_colormaps(channels: Sequence[str]) -> tuple[str, ...]:
    """Choose a colormap for each channel as microscopists know its dye, each colour once while there are some left.

    >>> choose_colormaps(["Actin", "Tubulin", "DNA"])
    ('red', 'green', 'blue')
    >>> choose_colormaps(["DNA", "ER", "RNA", "AGP", "Mito"])
    ('blue', 'green', 'yellow', 'bop orange', 'red')
    """
    chosen: dict[str, str] = {}
    for pattern, wanted in _DYES:
        for channel in channels:
            if channel not in chosen and re.search(pattern, channel, re.IGNORECASE):
                chosen[channel] = _first_free((*wanted, *_OTHERS), chosen)
    if not chosen and len(channels) == 1:
        return ("gray",)
    for channel in channels:
        if channel not in chosen:
            chosen[channel] = _first_free(_OTHERS, chosen)
    return tuple(chosen[channel] for channel in channels)


def measure_limits(pixels: NDArray[Any]) -> tuple[float, float]:
    """Give the counts that become black and full colour: percentiles of the pixels, never equal."""
    low, high = np.percentile(pixels, CONTRAST) if pixels.size else (0.0, 1.0)
    return float(low), float(high if high > low else low + 1)


def composite(pixels: NDArray[np.generic], luts: Sequence[ChannelLut]) -> NDArray[np.uint8]:
    """Add up the visible channels in their colours, as napari's additive layers do.

    Parameters
    ----------
    pixels
        Counts (C, Y, X).
    luts
        One a channel.

    Returns
    -------
    Red, green and blue (Y, X, 3).
    """
    light = np.zeros((*pixels.shape[1:], 3), dtype=np.float32)
    for plane, lut in zip(pixels, luts, strict=True):
        if not lut.visible:
            continue
        share = (plane.astype(np.float32) - np.float32(lut.low)) * np.float32(1 / max(lut.high - lut.low, 1e-9))
        np.clip(share, 0, 1, out=share)
        if lut.gamma != 1.0:
            share **= np.float32(lut.gamma)
        for axis, part in enumerate(lut.colour):
            if part:
                light[..., axis] += share * np.float32(part)
    return (np.clip(light, 0, 1, out=light) * 255).astype(np.uint8)


def luts_of(channels: Sequence[str], known: Mapping[str, ChannelLut]) -> list[ChannelLut]:
    """Give the LUT of each channel, a plain one where none is known."""
    return [known.get(name, ChannelLut(0.0, 65535.0)) for name in channels]


def _first_free(wanted: Sequence[str], chosen: Mapping[str, str]) -> str:
    return next((colour for colour in wanted if colour not in chosen.values()), wanted[0])
