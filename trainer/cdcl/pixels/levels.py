"""Coarser copies of a field beside its pixels, and views that are cut from the coarsest copy that still suffices.

A crop of 1500 pixels that becomes a view of 224 is read from the copy whose pixels are means over 4 x 4: a sixteenth of
the bytes. What is left, a factor between 1 and 2, is resized with the same antialiased weights as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cdcl.images.reading import Pixels

FACTORS = (2, 4, 8)
"""Pixels of a level are means over blocks of so many pixels a side; beyond 8, levels save next to nothing."""


def levels_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Give the data type of levels: as the pixels', but uint16 for uint8, in `units_per_count`."""
    return np.dtype(np.uint16) if dtype == np.uint8 else dtype


def units_per_count(dtype: np.dtype[Any]) -> int:
    """Give what one count of the pixels is in levels: 256 for uint8, whose means would lose their digits."""
    return 256 if dtype == np.uint8 else 1


def level_shape(height: int, width: int, level: int) -> tuple[int, int]:
    """Give height and width of a level, 0 to 3; blocks at the lower and right edge may be partial."""
    return -(-height // 2**level), -(-width // 2**level)


def level_bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Count the bytes of all levels of a field (C, Y, X): a third of its pixels', two thirds where these are uint8."""
    num_channels, height, width = shape
    shapes = [level_shape(height, width, level) for level in range(1, 1 + len(FACTORS))]
    return num_channels * levels_dtype(dtype).itemsize * sum(h * w for h, w in shapes)


def block_means(pixels: Pixels) -> tuple[Pixels, ...]:
    """Average a field over blocks of 2, 4 and 8 pixels a side.

    Parameters
    ----------
    pixels
        (C, Y, X) of uint8, uint16 or float32.

    Returns
    -------
    tuple of arrays
        (C, Y/2, X/2), (C, Y/4, X/4) and (C, Y/8, X/8), sides rounded up; means of whole numbers are rounded, in
        `units_per_count`.
    """
    whole = pixels.dtype.kind == "u"
    # 64 pixels of 16 bits need 22 bits, 64 of 8 bits in parts of 256 too.
    sums: NDArray[Any] = pixels
    if whole:
        sums = pixels.astype(np.uint32) * np.uint32(units_per_count(pixels.dtype))
    levels = []
    for factor in FACTORS:
        sums = _pair_sums(_pair_sums(sums, axis=1), axis=2)
        area = factor**2
        means = (sums + np.uint32(area // 2)) // np.uint32(area) if whole else sums / np.float32(area)
        levels.append(means.astype(levels_dtype(pixels.dtype)))
    return tuple(levels)


def _pair_sums(values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Add neighbours along an axis; an odd last one counts twice, and a partial block is the mean of what is there."""
    length = values.shape[axis]
    even = np.take(values, [length - 1], axis) if length % 2 else None
    if even is not None:
        values = np.concatenate([values, even], axis)
    first: list[slice] = [slice(None)] * 3
    second = list(first)
    first[axis], second[axis] = slice(0, None, 2), slice(1, None, 2)
    sums: NDArray[Any] = values[tuple(first)] + values[tuple(second)]
    return sums


@dataclass(frozen=True, slots=True)
class FieldLevels:
    """A field and its levels.

    Attributes
    ----------
    read
        Gives the pixels (C, y, x) of a level; 0 is the field itself.
    dtype
        Data type of the field.
    num_channels
        C.
    count
        How many levels there are, the field included.
    """

    read: Callable[[int], Pixels]
    dtype: np.dtype[Any]
    num_channels: int
    count: int = 1 + len(FACTORS)

    @classmethod
    def of(cls, pixels: Pixels) -> FieldLevels:
        """Make the levels of a field that lies in memory."""
        return cls((pixels, *block_means(pixels)).__getitem__, pixels.dtype, len(pixels))

    @classmethod
    def alone(cls, pixels: Pixels) -> FieldLevels:
        """Take pixels without levels."""
        return cls((pixels,).__getitem__, pixels.dtype, len(pixels), 1)

    def level_for(self, box: Sequence[int], size: int) -> int:
        """Choose the coarsest level in which a box (top, left, height, width) still has `size` pixels a side."""
        side = min(int(box[2]), int(box[3]))
        return max(level for level in range(self.count) if not level or side >= size * 2**level)

    def cut(self, box: Sequence[int], view: NDArray[np.float32], order: Sequence[int] | None = None) -> None:
        """Cut a box out of the coarsest level that suffices, and resize it to a view.

        Parameters
        ----------
        box
            Top, left, height and width in pixels of the field.
        view
            (C, size, size), written into, in counts.
        order
            Picks and sorts the channels; None takes all as they are.
        """
        level = self.level_for(box, view.shape[-1])
        pixels, factor = self.read(level), 2**level
        top, left, height, width = (int(number) / factor for number in box)
        inside = np.s_[int(top) : ceil(top + height), int(left) : ceil(left + width)]
        here = (top - int(top), left - int(left), height, width)
        for plane, channel in zip(view, range(self.num_channels) if order is None else order, strict=True):
            resize(pixels[channel][inside], here, plane)
        if level and units_per_count(self.dtype) > 1:
            view /= units_per_count(self.dtype)


def resize(plane: NDArray[Any], box: tuple[float, float, float, float], view: NDArray[np.float32]) -> None:
    """Resize a box of a plane (y, x) to a square view, with antialiased bilinear weights; written into `view`.

    Pillow's resampling in float32 takes boxes between pixels, works outside the interpreter's lock, and has the very
    weights of `torch.nn.functional.interpolate(mode="bilinear", antialias=True)`.

    Parameters
    ----------
    plane
        (y, x).
    box
        Top, left, height and width, which need not be whole numbers.
    view
        (size, size), written into.
    """
    top, left, height, width = box
    size = len(view)
    if (height, width) == (size, size) == plane.shape:
        view[:] = plane
        return
    image = Image.fromarray(plane.astype(np.float32))
    corners = (left, top, left + width, top + height)
    view[:] = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=corners))
