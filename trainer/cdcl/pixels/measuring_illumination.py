"""Measure how evenly a screen's plates are lit: by the functions that its table names, else from its own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.images.remote import is_remote
from cdcl.pixels.flat_fields import EVEN, FEW, FlatField, estimate_flat_field
from cdcl.pixels.illumination import FIELDS, FLAT, TABLE, Illumination
from cdcl.pixels.illumination_functions import named_function, read_function
from cdcl.pixels.levels import FACTORS, level_shape, units_per_count
from cdcl.screen.groups import rows_of_groups
from cdcl.screen.plates import plate_keys
from cdcl.screen.splits import preferred_rows, trained_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.config.intensities import IntensityConfig
    from cdcl.pixels.cache import PixelCache
    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

SIDE = 64
"""Pixels of a field's shorter side that suffice: eight a block, a third of a cell where a field has 50 across."""

SAMPLE_PIXELS = 2**21
"""Pixels of a channel that are looked at in a plate: 512 fields of 64 x 64, two seconds."""


def measure_illumination(screen: Screen, cache: PixelCache, config: IntensityConfig) -> Task[Illumination | None]:
    """Measure the light of each plate and channel as `config.illumination` says; None where nothing is to be corrected.

    Rows that are held out (`split` "validation" or "test") teach nothing, unless their whole plate is held out: then it
    is corrected by its own rows. Levels of the cache are read, not the pixels.

    Parameters
    ----------
    screen
        Its plates and split, and columns `illum_<channel>` where its table names functions.
    cache
        Its decoded pixels.

    Raises
    ------
    ImageError
        If a function that the table names cannot be read, is of another size, or not above 0.
    ScreenError
        If the table names several for one plate and channel.
    """
    if config.illumination == "none":
        return None
    keys = plate_keys(screen.sites).to_numpy(dtype=str)
    plates, codes = np.unique(keys, return_inverse=True)
    chosen = preferred_rows(cache.readable, trained_rows(screen), codes)
    groups = rows_of_groups(np.where(chosen, codes, -1), len(plates))
    yield Began("measuring illumination", len(plates), "plate")
    found, origins, notes = [], [], _Notes(len(plates))
    for done, (plate, rows) in enumerate(zip(plates.tolist(), groups, strict=True), 1):
        named = _named(screen, cache, rows, notes) if config.illumination == "auto" and len(rows) else {}
        fields = [named.get(name) or _estimated(cache, rows, n) for n, name in enumerate(screen.channels)]
        found.append(fields)
        origins.append([_origin(name in named, each) for name, each in zip(screen.channels, fields, strict=True)])
        notes.few(plate, rows, origins[-1])
        yield Advanced(done)
    lines = notes.lines()
    for line in lines:
        yield Warned(line)
    yield Ended()
    return Illumination(
        channels=screen.channels,
        plates=tuple(plates.tolist()),
        planes=np.stack([[field.plane for field in fields] for fields in found]),
        dark=np.array([[field.dark for field in fields] for fields in found], np.float32),
        errors=np.array([[field.error for field in fields] for fields in found], np.float32),
        origins=np.array(origins, dtype=np.str_),
        notes=lines,
    ).rounded()


class _Notes:
    """Gathers what is unusual over all plates, so that each kind is one line."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._missing: list[Path] = []
        self._rough: list[Path] = []
        self._few: list[str] = []

    def missing(self, path: Path) -> None:
        self._missing.append(path)

    def rough(self, path: Path) -> None:
        self._rough.append(path)

    def few(self, plate: str, rows: NDArray[np.int64], origins: list[str]) -> None:
        """Keep the name of a plate that has too few fields to tell."""
        if len(rows) < FEW and TABLE not in origins:
            self._few.append(plate)

    def lines(self) -> tuple[str, ...]:
        said = []
        if self._missing:
            said.append(
                f"{len(self._missing)} illumination functions that the table names are not there, such as "
                f"{self._missing[0]}: estimated from the fields instead."
            )
        if self._rough:
            said.append(f"{self._rough[0]} is no smooth illumination function: it is applied smoothed.")
        if self._few:
            said.append(
                f"{len(self._few)} of {self._total} plates have fewer than {FEW} fields to tell their illumination by, "
                f"such as {self._few[0]}: they are not corrected."
            )
        return tuple(said)


def _origin(is_named: bool, field: FlatField) -> str:
    if is_named:
        return TABLE
    return FLAT if field.is_flat else FIELDS


def _named(screen: Screen, cache: PixelCache, rows: NDArray[np.int64], notes: _Notes) -> dict[str, FlatField]:
    """Read the functions that the table names on a plate; those that are nowhere are noted."""
    height, width = (int(side) for side in _usual_size(cache, rows))
    found = {}
    for channel in screen.channels:
        path = named_function(screen, rows, channel)
        if path is None:
            continue
        if not is_remote(path) and not path.exists():
            notes.missing(path)
            continue
        plane, smooth = read_function(path, (height, width), screen.reduction.binning)
        if not smooth:
            notes.rough(path)
        found[channel] = FlatField(plane, 0.0, float("nan"))
    return found


def _estimated(cache: PixelCache, rows: NDArray[np.int64], channel: int) -> FlatField:
    if len(rows) < FEW:
        return EVEN
    size = _usual_size(cache, rows)
    alike = rows[(cache.sizes[rows] == size).all(axis=1)]
    height, width = (int(side) for side in size)
    shapes = [level_shape(height, width, number) for number in range(1 + len(FACTORS))]
    level = max(number for number, shape in enumerate(shapes) if not number or min(shape) >= SIDE)
    most = max(FEW, SAMPLE_PIXELS // (shapes[level][0] * shapes[level][1]))
    chosen = alike[np.unique(np.linspace(0, len(alike) - 1, min(most, len(alike))).round().astype(np.int64))]
    counts = np.stack([cache.levels(int(row)).read(level)[channel] for row in chosen]).astype(np.float32)
    # Levels of 8-bit fields are in parts of a count; the offset that is found must be in counts.
    return estimate_flat_field(counts / (units_per_count(cache.dtype) if level else 1))


def _usual_size(cache: PixelCache, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    sizes, counts = np.unique(cache.sizes[rows], axis=0, return_counts=True)
    usual: NDArray[np.int64] = sizes[counts.argmax()]
    return usual
