"""From raw windows to views: normalise, resize, flip and augment; on whatever device the network is.

Resizing is two batched products with one small matrix a crop and side. The matrices hold antialiased bilinear
weights, and the blur is folded into them, so a batch of crops of any sizes is two products whatever is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops

GAMMA_FLOOR = 1.5
"""The random exponent counts from this many spreads below the mean, about where the background lies."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Raw pixels of n crops, padded to one size, and the numbers that normalise them.

    `pixels` (n, C, S, S) in the cache's data type; `extents` (n, 2) true height and width;
    `offset`, `scale` (n, C) of each crop's plate.
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
    """Copy the crops' pixels out of the cache; all that the processor does for a view.

    `masks` mark pixels of each crop that are a neighbour's; they get their plate's offset, and so become 0. `order`
    picks and sorts the field's channels; `affine` is in that order already.
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
        _blank(pixels[number, :, : mask.shape[0], : mask.shape[1]], mask, affine[0][number])
    return Windows(pixels, extents, *affine)


def _blank(pixels: NDArray[np.generic], mask: NDArray[np.bool_], offset: NDArray[np.float32]) -> None:
    """Set the marked pixels (C, y, x) to each channel's offset, as nearly as their data type can."""
    if pixels.dtype.kind == "u":
        offset = np.clip(np.round(offset), 0, 2 ** (8 * pixels.dtype.itemsize) - 1)
    for plane, value in zip(pixels, offset.astype(pixels.dtype), strict=True):
        plane[mask] = value


def render(windows: Windows, crops: Crops, size: int, device: torch.device) -> Tensor:
    """Give the views, (n, C, size, size) float32."""

    def send(array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    # In place wherever it can be: fresh memory for a batch of views costs the processor more than its arithmetic.
    views = _to_float(windows.pixels, device)
    views.sub_(send(windows.offset)[:, :, None, None]).div_(send(windows.scale)[:, :, None, None])
    if crops.blur.any() or (windows.extents != size).any() or views.shape[-1] != size:
        extents, blur = send(windows.extents), send(crops.blur) if crops.blur.any() else None
        rows = resize_matrices(extents[:, 0], blur, views.shape[-2], size)
        columns = resize_matrices(extents[:, 1], blur, views.shape[-1], size)
        views = rows[:, None] @ views @ columns[:, None].transpose(-1, -2)
    views = _augment(views, crops, send)
    for flags, mirrored in zip(crops.mirror.T, _MIRRORED, strict=True):
        if flags.any():
            chosen = send(np.flatnonzero(flags))
            views[chosen] = mirrored(views[chosen])
    return views


_MIRRORED: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda views: views.flip(-2),
    lambda views: views.flip(-1),
    lambda views: views.transpose(-1, -2),
)
"""Up and down, left and right, along the diagonal: together the eight symmetries of the square."""


def resize_matrices(extents: Tensor, blur: Tensor | None, padded: int, size: int) -> Tensor:
    """Give matrices (n, size, padded) that resize the first `extents` pixels to `size` and blur the result.

    Weights are a triangle around each output pixel's centre, widened when shrinking (antialiasing), as in
    `torch.nn.functional.interpolate(mode="bilinear", antialias=True)`. `blur` (n,) holds sigmas in output pixels.
    """
    scale = (extents / size)[:, None, None]
    centres = (torch.arange(size, device=extents.device)[:, None] + 0.5) * scale
    pixels = torch.arange(padded, device=extents.device) + 0.5
    weights = (1.0 - (pixels - centres).abs() / scale.clamp(min=1.0)).clamp(min=0.0)
    weights = weights * (pixels < extents[:, None, None])
    weights = weights / weights.sum(-1, keepdim=True)
    return weights if blur is None else _blur_matrices(blur, size) @ weights


def _blur_matrices(blur: Tensor, size: int) -> Tensor:
    distance = torch.arange(size, device=blur.device)
    square = (distance[:, None] - distance).square()
    weights = torch.exp(-square / (2.0 * blur.clamp(min=1e-2).square())[:, None, None])
    return weights / weights.sum(-1, keepdim=True)


def _augment(views: Tensor, crops: Crops, send: Callable[[NDArray[np.generic]], Tensor]) -> Tensor:
    """Apply the drawn intensity changes; those that are not asked for cost nothing."""
    if (crops.gamma != 1.0).any():
        floored = (views + GAMMA_FLOOR).clamp(min=1e-2) / GAMMA_FLOOR
        views = GAMMA_FLOOR * floored.pow(send(crops.gamma)[:, :, None, None]) - GAMMA_FLOOR
    if (crops.gain != 1.0).any() or crops.offset.any():
        views = views * send(crops.gain)[:, :, None, None] + send(crops.offset)[:, :, None, None]
    if crops.shading.any():
        views = views * (1.0 + _slopes(send(crops.shading), views.shape[-1]))[:, None]
    if crops.noise.any():
        views = views + torch.randn_like(views) * send(crops.noise)[:, None, None, None]
    return views


def _slopes(shading: Tensor, size: int) -> Tensor:
    ramp = torch.linspace(-0.5, 0.5, size, device=shading.device)
    return shading[:, :1, None] * ramp[:, None] + shading[:, 1:, None] * ramp


def _to_float(pixels: NDArray[np.generic], device: torch.device) -> Tensor:
    """Give the counts as float32 of their own memory, on the device."""
    if pixels.dtype != np.uint16 or device.type == "cpu":
        return torch.from_numpy(pixels).to(device, torch.float32, non_blocking=True, copy=True)
    # torch moves int16 to every device, uint16 not yet.
    counts = torch.from_numpy(pixels.view(np.int16)).to(device, non_blocking=True)
    return (counts.to(torch.int32) & 0xFFFF).to(torch.float32)
