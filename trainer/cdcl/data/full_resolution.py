"""Views at full resolution, without levels: slow and memory-hungry, what the fast road is held against.

Crops are copied out of the cache as they are, padded to the largest of the batch, and resized by two batched products
with one matrix of antialiased weights a crop and side. Used by tests and by `benchmarks/feeding.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cdcl.data.cutting import blank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops


@dataclass(frozen=True, slots=True)
class Windows:
    """Raw pixels of n crops, padded to one size, and the numbers that normalise them.

    Attributes
    ----------
    pixels
        (n, C, S, S) in the cache's data type.
    extents
        (n, 2) true height and width.
    offset, scale
        (n, C) of each crop's plate.
    """

    pixels: NDArray[np.generic]
    extents: NDArray[np.int64]
    offset: NDArray[np.float32]
    scale: NDArray[np.float32]


def copy_windows(
    field: Callable[[int], NDArray[np.generic]],
    crops: Crops,
    affine: tuple[NDArray[np.float32], NDArray[np.float32]],
    masks: Sequence[NDArray[np.bool_]] | None = None,
    order: Sequence[int] | None = None,
) -> Windows:
    """Copy the crops' pixels out of the cache.

    Parameters
    ----------
    field
        Gives the pixels (C, y, x) of a row.
    crops
        n crops.
    affine
        Offset and scale of each crop, (n, C) each, in the order of `order`.
    masks
        Mark pixels of each crop that are a neighbour's; they get their plate's offset, and so become 0.
    order
        Picks and sorts the field's channels; None takes all as they are.

    Returns
    -------
    Windows
        Padded with 0 to the largest crop.
    """
    extents = crops.boxes[:, 2:]
    side = int(extents.max(initial=1))
    first = field(int(crops.rows[0]))
    order = range(len(first)) if order is None else order
    pixels = np.zeros((len(crops.rows), len(order), side, side), dtype=first.dtype)
    for place, row, (top, left, height, width) in zip(pixels, crops.rows, crops.boxes, strict=True):
        box = field(int(row))[:, top : top + height, left : left + width]
        for target, channel in zip(place, order, strict=True):
            target[:height, :width] = box[channel]
    for number, mask in enumerate(masks or ()):
        blank(pixels[number, :, : mask.shape[0], : mask.shape[1]], mask, affine[0][number])
    return Windows(pixels, extents, *affine)


def resized(windows: Windows, size: int) -> NDArray[np.float32]:
    """Normalise windows and resize them to views (n, C, size, size)."""
    extents, pixels = torch.from_numpy(windows.extents), torch.from_numpy(windows.pixels.astype(np.float32))
    offset, scale = (torch.from_numpy(numbers)[:, :, None, None] for numbers in (windows.offset, windows.scale))
    pixels.sub_(offset).div_(scale)
    rows = resize_matrices(extents[:, 0], pixels.shape[-2], size)  # (n, size, S)
    columns = resize_matrices(extents[:, 1], pixels.shape[-1], size)
    views = rows[:, None] @ pixels @ columns[:, None].transpose(-1, -2)  # (n, C, S, S) to (n, C, size, size)
    resized: NDArray[np.float32] = views.numpy()
    return resized


def resize_matrices(extents: Tensor, padded: int, size: int) -> Tensor:
    """Give matrices (n, size, padded) that resize the first `extents` pixels to `size`.

    Weights are a triangle around each output pixel's centre, widened when shrinking (antialiasing), as in
    `torch.nn.functional.interpolate(mode="bilinear", antialias=True)`.
    """
    scale = (extents / size)[:, None, None]  # (n, 1, 1)
    centres = (torch.arange(size, device=extents.device)[:, None] + 0.5) * scale  # (n, size, 1)
    pixels = torch.arange(padded, device=extents.device) + 0.5  # (padded,)
    weights = (1.0 - (pixels - centres).abs() / scale.clamp(min=1.0)).clamp(min=0.0)
    weights = weights * (pixels < extents[:, None, None])
    normalised: Tensor = weights / weights.sum(-1, keepdim=True)
    return normalised
