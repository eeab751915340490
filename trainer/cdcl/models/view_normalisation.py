"""Normalising each view by itself, as many public networks want it; the last thing before the network.

It is done after augmentation, so that an image's own brightness never reaches the network, in training or after it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from cdcl.models.channelwise import networks_of
from cdcl.models.multicrop import MultiCrop

EPS = 1e-7
"""Added to the standard deviation, as Cell-DINO does; a blank channel becomes 0."""

SATURATED_FROM = 200 / 255
"""Saturated pixels become uniform noise from here up to 1, as in MorphEm (CHAMMI-75): a flat disc of the greatest
count would otherwise be the loudest thing in the image."""


def normalise_views(images: Tensor, how: str) -> Tensor:
    """Normalise each channel of each view by itself.

    Parameters
    ----------
    images
        (n, C, h, w); for "image_saturated", scaled so that 1 is the camera's limit.
    how
        "image": to mean 0 and standard deviation 1. "image_minmax": to 0 .. 1. "image_saturated": pixels of 1 or more
        become noise between 200/255 and 1, then as "image"; the noise is the same for every view of a size, so that a
        profile depends on its image alone.

    Returns
    -------
    Tensor
        (n, C, h, w); a blank channel is 0.
    """
    if how == "image_minmax":
        low, high = images.amin((-2, -1), keepdim=True), images.amax((-2, -1), keepdim=True)  # (n, C, 1, 1)
        return (images - low) / (high - low + EPS)
    if how == "image_saturated":
        noise = _noise(images.shape[-2], images.shape[-1]).to(images)
        images = torch.where(images >= 1.0, noise, images.clamp(min=0.0))
    centred = images - images.mean((-2, -1), keepdim=True)
    return centred / (centred.square().mean((-2, -1), keepdim=True).sqrt() + EPS)


def normalise_before(module: nn.Module, how: str) -> None:
    """Let every network inside a module normalise the views that it sees.

    Parameters
    ----------
    module
        Changed in place, by hooks.
    how
        As for `normalise_views`; "" changes nothing.
    """
    if not how:
        return
    inside = [part.backbone for part in module.modules() if isinstance(part, MultiCrop)] or [module]
    for network in {id(found): found for part in inside for found in networks_of(part)}.values():
        network.register_forward_pre_hook(_Normaliser(how))


class _Normaliser:
    """A hook; an object of its own, so that it is copied with its network."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (normalise_views(inputs[0], self.how), *inputs[1:])


@lru_cache(maxsize=8)
def _noise(height: int, width: int) -> Tensor:
    drawn = torch.rand(height, width, generator=torch.Generator().manual_seed(0))
    return SATURATED_FROM + (1.0 - SATURATED_FROM) * drawn
