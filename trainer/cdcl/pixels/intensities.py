"""How bright each channel of each plate is, as numbers beside the pixels: x' = (x - offset) / scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError, unknown_name
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.screen.controls import negative_controls
from cdcl.screen.groups import rows_of_groups
from cdcl.screen.plates import plate_keys
from cdcl.screen.splits import preferred_rows, trained_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config.intensities import IntensityConfig
    from cdcl.pixels.cache import PixelCache
    from cdcl.pixels.illumination import FieldLight
    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

SAMPLE_PIXELS = 2**22
"""So many pixels of each channel are looked at in a plate; a mean is then known to 0.05 % of the spread."""

OF_ALL_PLATES = ("dataset", "none")
"""Methods that give all plates the same numbers."""

IMAGENET_GREY = (0.449, 0.226)
"""Mean and standard deviation of ImageNet (0.485, 0.456, 0.406; 0.229, 0.224, 0.225), averaged over its colours: a grey
image has one of each, and a kernel that is the sum over colours sees it as the network sees grey."""

ONTO: dict[str, tuple[float, float]] = {"imagenet": IMAGENET_GREY, "symmetric": (0.5, 0.5)}
"""Mean and spread that intensities of 0 .. 1 are then taken onto; Google's networks want -1 .. 1."""

_FROM_ZERO_TO_ONE = ("image_saturated", *ONTO)
"""Methods that begin with intensities of 0 .. 1: 8-bit images over 255, others by the plate's percentiles."""

LARGEST_STRIDE = 8
"""Pixels are taken every so many rows and columns at most; beyond that, fields are left out instead."""


@dataclass(frozen=True)
class Intensities:
    """Offsets and scales of each plate and channel.

    Attributes
    ----------
    channels
        Names of the channels, C of them.
    method
        How they were measured; see `IntensityConfig.method`.
    plates
        Plate keys as from `plate_keys`, P of them.
    offset, scale
        In counts, shape (P, C); a scale is never 0.
    notes
        What was unusual, one line each.
    """

    channels: tuple[str, ...]
    method: str
    plates: tuple[str, ...]
    offset: NDArray[np.float32]
    scale: NDArray[np.float32]
    notes: tuple[str, ...] = ()

    @property
    def of_each_plate(self) -> bool:
        """Whether each plate has numbers of its own; else all plates have the same, those never seen too."""
        return self.method not in OF_ALL_PLATES

    def known(self, keys: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell for which of `keys` (plate keys, shape (n,)) there are numbers."""
        if not self.of_each_plate:
            return np.full(len(keys), len(self.plates) > 0)
        return np.isin(np.asarray(keys, dtype=str), np.array(self.plates, dtype=str))

    def affine(self, keys: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give the offset and scale of each of `keys` (plate keys, shape (n,)), both of shape (n, C).

        Raises
        ------
        ScreenError
            If a plate was not measured.
        """
        if not self.of_each_plate and self.plates:
            places = np.zeros(len(keys), dtype=np.intp)
            return self.offset[places], self.scale[places]
        places = pd.Index(self.plates).get_indexer(pd.Index(np.asarray(keys, dtype=object)))
        if (places < 0).any():
            stranger = str(np.asarray(keys)[places < 0][0])
            raise ScreenError(
                "no intensities are known for this plate: " + unknown_name("plate", stranger, self.plates)
            )
        return self.offset[places], self.scale[places]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain lists and strings, ready for JSON."""
        return {
            "channels": list(self.channels),
            "method": self.method,
            "plates": list(self.plates),
            "offset": self.offset.tolist(),
            "scale": self.scale.tolist(),
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> Intensities:
        """Read back what `to_dict` gave."""
        shape = (len(table["plates"]), len(table["channels"]))
        return cls(
            channels=tuple(table["channels"]),
            method=str(table["method"]),
            plates=tuple(table["plates"]),
            offset=np.asarray(table["offset"], np.float32).reshape(shape),
            scale=np.asarray(table["scale"], np.float32).reshape(shape),
            notes=tuple(table.get("notes", ())),
        )


def measure_intensities(
    screen: Screen, cache: PixelCache, config: IntensityConfig, light: FieldLight | None = None
) -> Task[Intensities]:
    """Measure each plate's channels by `config.method`.

    Rows that are held out (`split` "validation" or "test") are not measured, unless their whole plate is held out: then
    it is normalised by its own rows. Of each plate at most `SAMPLE_PIXELS` pixels a channel are read, on a regular
    grid; smaller plates are measured exactly. A plate without negative controls is measured on all its wells, with a
    warning; a blank channel keeps its offset and gets the scale 1.

    Parameters
    ----------
    screen
        Its plates, controls and split.
    cache
        Its decoded pixels.
    config
        The method, and the percentiles it takes.
    light
        Over each row's field: then corrected pixels are measured.

    Returns
    -------
    Intensities
        Offset and scale of P plates and C channels, in counts.
    """
    keys = plate_keys(screen.sites).to_numpy(dtype=str)
    plates, codes = np.unique(keys, return_inverse=True)
    groups, notes = _groups(screen, codes, cache, config)
    numbers = []
    yield Began("measuring intensities", len(groups), "plate")
    for done, rows in enumerate(groups, 1):
        numbers.append(_measure(cache, rows, config, light))
        yield Advanced(done)
    offset, scale = np.stack(numbers, axis=1).repeat(len(plates) // len(groups), axis=1)
    notes += _blank_notes(plates, scale, screen.channels)
    for note in notes:
        yield Warned(note)
    yield Ended()
    scale = np.where(scale > 0, scale, 1.0)
    return Intensities(
        channels=screen.channels,
        method=config.method,
        plates=tuple(plates.tolist()),
        offset=offset.astype(np.float32),
        scale=scale.astype(np.float32),
        notes=tuple(notes),
    )


def _groups(
    screen: Screen, codes: NDArray[np.int64], cache: PixelCache, config: IntensityConfig
) -> tuple[list[NDArray[np.int64]], list[str]]:
    """Give the rows that decide each plate's numbers, or one group for all plates; and what was unusual."""
    if config.method in OF_ALL_PLATES:
        return [np.flatnonzero(preferred_rows(cache.readable, trained_rows(screen), np.zeros_like(codes)))], []
    chosen = preferred_rows(cache.readable, trained_rows(screen), codes)
    if config.method != "controls":
        return rows_of_groups(np.where(chosen, codes, -1), codes.max() + 1), []
    negative = negative_controls(screen.sites)
    measured = preferred_rows(chosen, negative, codes)
    names = plate_keys(screen.sites).to_numpy(dtype=str)
    groups = rows_of_groups(np.where(measured, codes, -1), codes.max() + 1)
    without = [str(names[rows[0]]) for rows in groups if len(rows) and not negative[rows[0]]]
    note = f"no negative controls on {_some(without, len(groups))}: all wells of a plate set its intensities."
    return groups, [note] if without else []


def _measure(
    cache: PixelCache, rows: NDArray[np.int64], config: IntensityConfig, light: FieldLight | None
) -> NDArray[np.float64]:
    """Give the offset and scale of each channel over `rows`, shape (2, C)."""
    zeros = np.zeros(cache.num_channels)
    if config.method == "none":
        return np.stack([zeros, zeros + _largest_count(cache.dtype)])
    if not len(rows):
        return np.stack([zeros, zeros])
    if config.method in _FROM_ZERO_TO_ONE and cache.dtype == np.uint8:
        low, high = zeros, zeros + 255.0  # as the makers of such networks take 8-bit images
        return _zero_to_one(low, high, config.method)
    pixels = _sample(cache, rows, light)
    if config.method == "percentiles" or config.method in _FROM_ZERO_TO_ONE:
        low, high = np.percentile(pixels, config.percentiles, axis=1)
        return _zero_to_one(low, high, config.method)
    return np.stack([pixels.mean(axis=1, dtype=np.float64), pixels.std(axis=1, dtype=np.float64)])


def _zero_to_one(low: NDArray[Any], high: NDArray[Any], method: str) -> NDArray[np.float64]:
    """Give offset and scale, (2, C), that take low .. high to 0 .. 1, and on to a network's own numbers where asked."""
    mean, std = ONTO.get(method, (0.0, 1.0))
    return np.stack([low + mean * (high - low), std * (high - low)]).astype(np.float64)


def _largest_count(dtype: np.dtype[Any]) -> float:
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def _sample(cache: PixelCache, rows: NDArray[np.int64], light: FieldLight | None) -> NDArray[Any]:
    """Take about `SAMPLE_PIXELS` pixels of each channel: every s-th in both directions, from evenly spread fields."""
    total = cache.sizes[rows].prod(axis=1).sum()
    stride = int(np.clip(np.ceil(np.sqrt(total / SAMPLE_PIXELS)), 1, LARGEST_STRIDE))
    num_fields = max(1, int(len(rows) * min(1.0, SAMPLE_PIXELS * stride**2 / total)))
    chosen = rows[np.linspace(0, len(rows) - 1, num_fields).round().astype(np.int64)]
    fields = (_grid(cache.field(int(row)), int(row), stride, light) for row in chosen)
    return np.concatenate([field.reshape(cache.num_channels, -1) for field in fields], axis=1)


def _grid(field: NDArray[Any], row: int, stride: int, light: FieldLight | None) -> NDArray[Any]:
    first = stride // 2
    points = field[:, first::stride, first::stride]
    if light is None:
        return points
    corrected = points.astype(np.float32)
    # The box whose parts have their middles on the points that were taken.
    corner = first + 0.5 - stride / 2
    light.correct(row, (corner, corner, *(stride * side for side in points.shape[1:])), corrected)
    return corrected


def _blank_notes(plates: NDArray[np.str_], scale: NDArray[np.float64], channels: tuple[str, ...]) -> list[str]:
    return [
        f"channel {name} is blank on {_some(plates[blank].tolist(), len(plates))}: it is shifted there, not scaled."
        for name, blank in zip(channels, (scale <= 0).T, strict=True)
        if blank.any()
    ]


def _some(names: list[str], total: int) -> str:
    """Name the first few of many plates."""
    more = ", ..." if len(names) > 3 else ""
    return f"{len(names)} of {total} plates ({', '.join(names[:3])}{more})"
