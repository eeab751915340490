"""How evenly each channel of each plate is lit, as planes beside the pixels: x' = (x - dark) / plane + dark."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError, unknown_name
from cdcl.pixels.flat_fields import NODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FLAT, FIELDS, TABLE = "flat", "fields", "table"
"""Where a plane comes from: not told from flat, estimated from the plate's fields, named by the screen's table."""


@dataclass(frozen=True)
class Illumination:
    """Planes of each plate and channel.

    Attributes
    ----------
    channels
        Names of the channels, C of them.
    plates
        Plate keys as from `plate_keys`, P of them.
    planes
        (P, C, NODES, NODES) float32, shares of the mean light from edge to edge of the field; all above 0.
    dark
        (P, C) float32, counts without light.
    errors
        (P, C) float32, standard error of each plane as a share; NaN where it is not known.
    origins
        (P, C) of `FLAT`, `FIELDS` and `TABLE`.
    notes
        What was unusual, one line each.
    """

    channels: tuple[str, ...]
    plates: tuple[str, ...]
    planes: NDArray[np.float32]
    dark: NDArray[np.float32]
    errors: NDArray[np.float32]
    origins: NDArray[np.str_]
    notes: tuple[str, ...] = ()

    def known(self, keys: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell for which of `keys` (plate keys, shape (n,)) there are planes."""
        return np.isin(np.asarray(keys, dtype=str), np.array(self.plates, dtype=str))

    def places(self, keys: NDArray[Any]) -> NDArray[np.int64]:
        """Give the place of each of `keys` (n,) among the plates.

        Raises
        ------
        ScreenError
            If a plate was not measured.
        """
        found = pd.Index(self.plates).get_indexer(pd.Index(np.asarray(keys, dtype=object)))
        if (found < 0).any():
            stranger = str(np.asarray(keys)[found < 0][0])
            raise ScreenError(
                "no illumination is known for this plate: " + unknown_name("plate", stranger, self.plates)
            )
        return found.astype(np.int64)

    def of_channels(self, names: Sequence[str]) -> Illumination:
        """Pick and sort channels by name; all must be there."""
        order = [self.channels.index(name) for name in names]
        parts = (self.planes[:, order], self.dark[:, order], self.errors[:, order], self.origins[:, order])
        return Illumination(tuple(names), self.plates, *parts, self.notes)

    def known_from(self, stored: Illumination) -> Illumination:
        """Take the plates and channels that `stored` knows from there."""
        channels = [name for name in self.channels if name in stored.channels]
        plates = [plate for plate in self.plates if plate in stored.plates]
        here = np.ix_([self.plates.index(p) for p in plates], [self.channels.index(c) for c in channels])
        there = np.ix_([stored.plates.index(p) for p in plates], [stored.channels.index(c) for c in channels])
        mixed = {}
        for name in ("planes", "dark", "errors", "origins"):
            mixed[name] = getattr(self, name).copy()
            mixed[name][here] = getattr(stored, name)[there]
        return replace(self, **mixed)

    def loss(self) -> NDArray[np.float32]:
        """Give the share of the brightest place's light that the darkest lacks, (P, C)."""
        ratio = self.planes.min(axis=(2, 3)) / self.planes.max(axis=(2, 3))
        return np.asarray(1 - ratio, dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as lists and strings, ready for JSON; planes in half precision, as `rounded` has them."""
        return {
            "channels": list(self.channels),
            "plates": list(self.plates),
            "nodes": NODES,
            "planes": base64.b64encode(self.planes.astype("<f2").tobytes()).decode(),
            "dark": self.dark.tolist(),
            "errors": [[None if np.isnan(value) else float(value) for value in row] for row in self.errors],
            "origins": self.origins.tolist(),
            "notes": list(self.notes),
        }

    def rounded(self) -> Illumination:
        """Give planes as they are stored, so that a run sees the same numbers before and after it is read back."""
        return replace(self, planes=self.planes.astype(np.float16).astype(np.float32))

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> Illumination:
        """Read back what `to_dict` gave.

        Raises
        ------
        ValueError
            If sizes do not agree, or a plane is not above 0.
        """
        shape = (len(table["plates"]), len(table["channels"]))
        nodes = int(table["nodes"])
        planes = np.frombuffer(base64.b64decode(table["planes"], validate=True), "<f2").astype(np.float32)
        planes = planes.reshape(*shape, nodes, nodes)
        if not (planes > 0).all() or not np.isfinite(planes).all():
            raise ValueError("an illumination plane is not above 0")
        errors = [[np.nan if value is None else value for value in row] for row in table["errors"]]
        return cls(
            channels=tuple(table["channels"]),
            plates=tuple(table["plates"]),
            planes=planes,
            dark=np.asarray(table["dark"], np.float32).reshape(shape),
            errors=np.asarray(errors, np.float32).reshape(shape),
            origins=np.asarray(table["origins"], dtype=np.str_).reshape(shape),
            notes=tuple(table.get("notes", ())),
        )


@dataclass(frozen=True, slots=True)
class FieldLight:
    """The light over the fields of a table, looked up by row.

    Attributes
    ----------
    planes, dark
        (P, C, NODES, NODES) and (P, C), in the order of the channels that views have.
    plates
        (N,) of each row, its place among the P.
    sizes
        (N, 2) height and width of each row's field.
    """

    planes: NDArray[np.float32]
    dark: NDArray[np.float32]
    plates: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, illumination: Illumination, keys: NDArray[Any], sizes: NDArray[np.int64]) -> FieldLight:
        """Look up the plates of rows by their keys (N,)."""
        return cls(illumination.planes, illumination.dark, illumination.places(keys), sizes)

    def correct(self, row: int, box: Sequence[float], view: NDArray[np.float32]) -> None:
        """Correct what was cut out of a field, in place.

        Parameters
        ----------
        row
            Of the field.
        box
            Top, left, height and width of what was cut, in pixels of the field.
        view
            (C, y, x) counts, whatever size the box was resized to.
        """
        dark = self.dark[self.plates[row]][:, None, None]
        view -= dark
        view /= self.over(row, box, view.shape[1:])
        view += dark

    def over(self, row: int, box: Sequence[float], shape: Sequence[int]) -> NDArray[np.float32]:
        """Give the light over a box as (C, y, x), at the middles of y x x equal parts."""
        height, width = self.sizes[row].tolist()
        top, left, tall, wide = box
        down = (top + (np.arange(shape[0]) + 0.5) * tall / shape[0]) / height
        across = (left + (np.arange(shape[1]) + 0.5) * wide / shape[1]) / width
        return light_at(self.planes[self.plates[row]], down, across)

    def whole(self, row: int, pixels: NDArray[np.generic]) -> NDArray[np.float32]:
        """Correct a whole field (C, Y, X)."""
        corrected = pixels.astype(np.float32)
        self.correct(row, (0, 0, *self.sizes[row].tolist()), corrected)
        return corrected


def light_at(
    planes: NDArray[np.float32], down: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Read planes (C, NODES, NODES) between their nodes, linearly, at shares of the field: (C, y, x)."""
    rows = _between(planes, down, 1)  # (C, y, NODES)
    return _between(rows, across, 2)


def _between(planes: NDArray[np.float32], shares: NDArray[np.float64], axis: int) -> NDArray[np.float32]:
    last = planes.shape[axis] - 1
    places = np.clip(shares, 0.0, 1.0) * last
    below = np.minimum(places.astype(np.int64), last - 1)
    part = (places - below).astype(np.float32)
    part = part[:, None] if axis == 1 else part[None, :]
    return np.asarray(np.take(planes, below, axis) * (1 - part) + np.take(planes, below + 1, axis) * part)
