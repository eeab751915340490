"""From the cache to views: each crop is read from the level it needs and resized, in threads.

What is prefetched and sent to the device is as large as the views, whatever the size of the fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cdcl.pixels.levels import FieldLevels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops
    from cdcl.images.reading import Pixels
    from cdcl.pixels.illumination import FieldLight

PIECE = 16
"""Crops that a thread cuts at a time: some milliseconds of work, many times what handing it over costs."""

LARGEST_HALF = float(np.finfo(np.float16).max)

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
    pinned
        Whether views lie in memory that a GPU copies from by itself.
    light
        Over the field of each row, in the order of the channels that are picked; None leaves counts as they are.
    """

    levels: Callable[[int], FieldLevels]
    order: Sequence[int] | None = None
    pool: Executor | None = None
    pinned: bool = False
    light: FieldLight | None = None

    def cut(
        self, crops: Crops, size: int, affine: Affine, masks: Sequence[NDArray[np.bool_]] | None = None
    ) -> NDArray[np.float16]:
        """Cut crops to views (n, C, size, size), normalised.

        Half precision keeps three digits of a normalised intensity, at half the bytes on the way to the device.

        Parameters
        ----------
        affine
            Offset and scale of each crop, (n, C) each, in the order of the channels that are picked.
        masks
            Mark pixels of each crop that are a neighbour's; they get their plate's offset, and so become 0.

        Returns
        -------
        views
            (n, C, size, size) in half precision.
        """
        offset, scale = (numbers[:, :, None, None] for numbers in affine)  # (n, C, 1, 1)
        shape = (len(crops.rows), offset.shape[1], size, size)
        views: NDArray[np.float16] = torch.empty(shape, dtype=torch.float16, pin_memory=self.pinned).numpy()

        def fill(piece: range) -> None:
            counts = np.empty(views.shape[1:], np.float32)
            for number in piece:
                row, box = int(crops.rows[number]), crops.boxes[number].tolist()
                if masks is None:
                    self.levels(row).cut(box, counts, self.order)
                    if self.light is not None:
                        self.light.correct(row, box, counts)
                else:
                    self._cut_masked(row, box, counts, (masks[number], affine[0][number]))
                counts -= offset[number]
                counts /= scale[number]
                to_half(counts, views[number])

        pieces = [range(start, min(start + PIECE, len(views))) for start in range(0, len(views), PIECE)]
        for _ in map(fill, pieces) if self.pool is None else self.pool.map(fill, pieces):
            pass
        return views

    def _cut_masked(
        self, row: int, box: Sequence[int], view: NDArray[Any], blanked: tuple[NDArray[np.bool_], NDArray[Any]]
    ) -> None:
        """Cut from the pixels alone: levels of the field have the neighbours' pixels in their means."""
        top, left, height, width = box
        field: Pixels = self.levels(row).read(0)
        crop = field[:, top : top + height, left : left + width]
        crop = crop.copy() if self.order is None else crop[self.order]
        if self.light is not None:  # before the blanks, which are no light
            lit = crop.astype(np.float32)
            self.light.correct(row, box, lit)
            crop = lit
        blank(crop, *blanked)
        FieldLevels.alone(crop).cut((0, 0, height, width), view)


def to_half(values: NDArray[np.float32], half: NDArray[np.float16]) -> None:
    """Round to half precision; what is beyond its range becomes its largest number, not infinite."""
    np.clip(values, -LARGEST_HALF, LARGEST_HALF, out=values)
    # numpy takes thirty times as long. In parts that torch does not share out among threads of its own.
    parts = (torch.split(torch.from_numpy(array).view(-1), 2**15) for array in (half, values))
    for target, source in zip(*parts, strict=True):
        target.copy_(source)


def blank(pixels: NDArray[np.generic], mask: NDArray[np.bool_], offset: NDArray[np.float32]) -> None:
    """Set the marked pixels (C, y, x) to each channel's offset, as nearly as their data type can.

    Parameters
    ----------
    pixels
        (C, y, x), changed in place.
    mask
        (y, x).
    offset
        (C,) in counts.
    """
    if pixels.dtype.kind == "u":
        offset = np.clip(np.round(offset), 0, 2 ** (8 * pixels.dtype.itemsize) - 1)
    for plane, value in zip(pixels, offset.astype(pixels.dtype), strict=True):
        plane[mask] = value
