"""Crops of cells and small pictures of fields, read from the files by any thread."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import CDCLError
from cdcl.runs.settings import settings_if_any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.items import Items

SIDE = 64
"""Side of a cell's crop in pixels, where the run does not say."""
LARGEST = 112
"""Side of what is kept: larger crops and whole fields are averaged down to at most this."""
FIELDS = 4
"""Fields that stay decoded: cells of a field follow each other."""


@dataclass(frozen=True, eq=False)
class CropPlan:
    """Where each item's picture is cut: around its cell, or the whole field.

    Attributes
    ----------
    rows
        The field of each item, (N,); -1 where there is none.
    centres
        y and x in pixels (N, 2); none where whole fields are shown.
    side
        Of a crop, in pixels.
    """

    rows: NDArray[np.int64]
    centres: NDArray[np.float32] | None
    side: int = SIDE

    @classmethod
    def of(cls, items: Items, run: Run | None, screen: Screen, side: int = SIDE) -> CropPlan:
        """Cut cells as the run did, else with this side, and show others by their field."""
        if items.level == "cell" and {"y", "x"} <= set(items.table):
            centres = items.table[["y", "x"]].to_numpy(dtype=np.float32)
            return cls(items.rows, centres, trained_side(run, screen.pixel_size, side))
        return cls(items.rows, None)


class Crops:
    """Cuts pictures out of a screen's fields; several threads may ask at once."""

    def __init__(self, screen: Screen, plan: CropPlan) -> None:
        self.screen = screen
        self.plan = plan
        self._fields: OrderedDict[int, NDArray[np.generic]] = OrderedDict()
        self._lock = Lock()

    def cut(self, item: int) -> NDArray[np.generic] | None:
        """Give an item's counts (C, Y, X), at most `LARGEST` wide; None where its field cannot be read."""
        row = int(self.plan.rows[item])
        if row < 0:
            return None
        field = self._field(row)
        if field is None:
            return None
        if self.plan.centres is None:
            return shrink(field)
        return shrink(cut_square(field, self.plan.centres[item], self.plan.side))

    def _field(self, row: int) -> NDArray[np.generic] | None:
        with self._lock:
            if row in self._fields:
                self._fields.move_to_end(row)
                return self._fields[row]
        try:
            field = self.screen.image(row)
        except (CDCLError, OSError, MemoryError):
            return None
        with self._lock:
            self._fields[row] = field
            while len(self._fields) > FIELDS:
                self._fields.popitem(last=False)
        return field


def cut_square(field: NDArray[np.generic], centre: NDArray[np.floating], side: int) -> NDArray[np.generic]:
    """Cut a square (C, side, side) around y, x; at an edge it is moved inside, and in a small field it is the field."""
    size = np.array(field.shape[1:])
    side_y, side_x = np.minimum(side, size).tolist()
    top, left = (int(round(float(c)) - s // 2) for c, s in zip(centre, (side_y, side_x), strict=True))
    top, left = min(max(top, 0), int(size[0]) - side_y), min(max(left, 0), int(size[1]) - side_x)
    return field[:, top : top + side_y, left : left + side_x]


def shrink(pixels: NDArray[np.generic], largest: int = LARGEST) -> NDArray[np.generic]:
    """Average whole blocks of pixels until no side is longer than `largest`."""
    factor = -(-max(pixels.shape[1:]) // largest)
    if factor <= 1:
        return np.ascontiguousarray(pixels)
    height, width = (max(1, size // factor) for size in pixels.shape[1:])
    part = pixels[:, : height * factor, : width * factor]
    blocks = part.reshape(len(part), height, factor, width, -1)
    means: NDArray[np.float32] = blocks.mean(axis=(2, 4), dtype=np.float32)
    return means


def trained_side(run: Run | None, pixel_size: float | None, otherwise: int = SIDE) -> int:
    """Give the side of the crops of cells that a run was trained on; `otherwise` where it was trained on fields."""
    cells = {} if run is None else settings_if_any(run).get("cells", {})
    if not isinstance(cells, dict) or cells.get("source", "none") == "none":
        return otherwise
    if cells.get("crop_um") and pixel_size:
        return max(8, round(float(cells["crop_um"]) / pixel_size))
    return max(8, int(cells.get("crop", SIDE)))
