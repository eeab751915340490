"""From pixels to views: blur, flip and augmentation; on whatever device the network is."""

from __future__ import annotations

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


def render(
    cut: NDArray[np.floating], crops: Crops, device: torch.device, noise: torch.Generator | None = None
) -> Tensor:
    """Make views of cut crops: blur, augment and flip them, on the device.

    Parameters
    ----------
    cut
        (n, C, size, size), normalised, as `ViewCutter` cuts them.
    crops
        What was drawn for each.
    device
        Where the network is.
    noise
        Draws the noise; by default torch's own generator of the device.

    Returns
    -------
    views
        (n, C, size, size) float32, on the device.
    """

    def send(array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    views = send(cut).to(torch.float32)
    if crops.blur.any():
        matrices = _blur_matrices(send(crops.blur), views.shape[-1])[:, None]  # (n, 1, size, size): same for channels
        views = matrices @ views @ matrices.transpose(-1, -2)
    views = _augment(views, crops, send, noise)
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
    square = (distance[:, None] - distance).square()  # (size, size)
    weights = torch.exp(-square / (2.0 * blur.clamp(min=1e-2).square())[:, None, None])
    # Rows sum to 1 at the edge too: what lies outside the view counts for nothing, and the edge does not darken.
    return weights / weights.sum(-1, keepdim=True)


def _augment(
    views: Tensor, crops: Crops, send: Callable[[NDArray[np.generic]], Tensor], noise: torch.Generator | None
) -> Tensor:
    """Apply the drawn intensity changes; those that are not asked for cost nothing."""
    if (crops.gamma != 1.0).any():
        floored = (views + GAMMA_FLOOR).clamp(min=1e-2) / GAMMA_FLOOR
        views = GAMMA_FLOOR * floored.pow(send(crops.gamma)[:, :, None, None]) - GAMMA_FLOOR
    if (crops.gain != 1.0).any() or crops.offset.any():
        views = views * send(crops.gain)[:, :, None, None] + send(crops.offset)[:, :, None, None]
    if crops.shading.any():
        views = views * (1.0 + _slopes(send(crops.shading), views.shape[-1]))[:, None]
    if crops.noise.any():
        drawn = torch.randn(views.shape, generator=noise, device=views.device)
        views = views + drawn * send(crops.noise)[:, None, None, None]
    return views


def _slopes(shading: Tensor, size: int) -> Tensor:
    ramp = torch.linspace(-0.5, 0.5, size, device=shading.device)
    # (n, size, size): the slope down and the slope across
    return shading[:, :1, None] * ramp[:, None] + shading[:, 1:, None] * ramp
