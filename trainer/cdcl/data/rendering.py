"""From raw pixels to views: normalise, blur, flip and augment; on whatever device the network is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.data.crops import Crops

GAMMA_FLOOR = 1.5
"""The random exponent counts from this many spreads below the mean, about where the background lies."""


@dataclass(frozen=True, slots=True)
class RawViews:
    """Pixels of n crops as views, and the numbers that normalise them.

    `pixels` (n, C, size, size) uint16 or float32; `offset`, `scale` (n, C) of each crop's plate, in the pixels' units.
    """

    pixels: NDArray[np.generic]
    offset: NDArray[np.float32]
    scale: NDArray[np.float32]


def render(raw: RawViews, crops: Crops, device: torch.device) -> Tensor:
    """Give the views, (n, C, size, size) float32."""

    def send(array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    # In place wherever it can be: fresh memory for a batch of views costs the processor more than its arithmetic.
    views = _to_float(raw.pixels, device)
    views.sub_(send(raw.offset)[:, :, None, None]).div_(send(raw.scale)[:, :, None, None])
    if crops.blur.any():
        matrices = _blur_matrices(send(crops.blur), views.shape[-1])[:, None]
        views = matrices @ views @ matrices.transpose(-1, -2)
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


def _blur_matrices(blur: Tensor, size: int) -> Tensor:
    """Give matrices (n, size, size) that blur along one side; two batched products blur views by sigmas `blur` (n,)."""
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
