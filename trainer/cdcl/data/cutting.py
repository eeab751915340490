"""Views on their way out of the cache: each crop read from the level it needs and resized, in threads.

So what is held ready, and what goes to the device, is as large as the views, whatever the size of the fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.data.rendering import RawViews
from cdcl.pixels.levels import FieldLevels, levels_dtype, units_per_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops
    from cdcl.images.reading import Pixels

PIECE = 16
"""Crops that a thread cuts at a time: some milliseconds of work, many times what handing it over costs."""

Affine = tuple["NDArray[np.float32]", "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class ViewCutter:
    """Cuts crops to views of one size.

    Attributes
    ----------
    levels
        Gives the pixels and levels of a row.
    order
        Picks and sorts the channels; None takes all as they are.
    pool
        Threads that share the work; None works in the caller's.
    """

    levels: Callable[[int], FieldLevels]
    order: Sequence[int] | None = None
    pool: Executor | None = None

    def cut(
        self, crops: Crops, size: int, affine: Affine, masks: Sequence[NDArray[np.bool_]] | None = None
    ) -> RawViews:
        """Cut crops to views of `size` pixels a side.

        `affine` are offset and scale of each crop, (n, C), in the order of the channels that are picked. `masks` mark
        pixels of each crop that are a neighbour's; they get their plate's offset, and so become 0.
        """
        first = self.levels(int(crops.rows[0]))
        num_channels = first.num_channels if self.order is None else len(self.order)
        views = np.empty((len(crops.rows), num_channels, size, size), levels_dtype(first.dtype))

        def fill(piece: range) -> None:
            for number in piece:
                levels, box = self.levels(int(crops.rows[number])), crops.boxes[number].tolist()
                if masks is None:
                    levels.cut(box, views[number], self.order)
                else:
                    self._cut_masked(levels.read(0), box, views[number], (masks[number], affine[0][number]))

        pieces = [range(start, min(start + PIECE, len(views))) for start in range(0, len(views), PIECE)]
        for _ in self._each(fill, pieces):
            pass
        units = np.float32(units_per_count(first.dtype))
        offset, scale = affine
        return RawViews(views, offset * units, scale * units)

    def _each(self, work: Callable[[range], None], pieces: Sequence[range]) -> Iterable[None]:
        return map(work, pieces) if self.pool is None else self.pool.map(work, pieces)

    def _cut_masked(
        self, field: Pixels, box: Sequence[int], view: NDArray[Any], blanked: tuple[NDArray[np.bool_], NDArray[Any]]
    ) -> None:
        """Cut from the pixels alone: levels of the field have the neighbours' pixels in their means."""
        top, left, height, width = box
        crop = field[:, top : top + height, left : left + width]
        crop = crop.copy() if self.order is None else crop[self.order]
        blank(crop, *blanked)
        FieldLevels.alone(crop).cut((0, 0, height, width), view)


def blank(pixels: NDArray[np.generic], mask: NDArray[np.bool_], offset: NDArray[np.float32]) -> None:
    """Set the marked pixels (C, y, x) to each channel's offset, as nearly as their data type can."""
    if pixels.dtype.kind == "u":
        offset = np.clip(np.round(offset), 0, 2 ** (8 * pixels.dtype.itemsize) - 1)
    for plane, value in zip(pixels, offset.astype(pixels.dtype), strict=True):
        plane[mask] = value
