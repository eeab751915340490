"""A stem of small convolutions in place of a Vision Transformer's single large one."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from torch import nn

from cdcl.errors import ConfigError
from cdcl.models.torchvision_shim import import_timm

import_timm()
from timm.layers.patch_embed import PatchEmbed  # noqa: E402 (needs the line above)


class ConvStem(PatchEmbed):
    """Halves the image until a patch is one token (Xiao et al. 2021, "Early convolutions help transformers").

    Texture is learned in a few hundred steps where one large kernel takes thousands; patches stay patches.

    Raises
    ------
    ConfigError
        If the patch is no power of two.
    """

    def __init__(self, *, patch_size: int, in_chans: int, embed_dim: int, **kwargs: Any) -> None:
        super().__init__(patch_size=patch_size, in_chans=in_chans, embed_dim=embed_dim, **kwargs)
        halvings = round(math.log2(patch_size))
        if 2**halvings != patch_size:
            raise ConfigError(f"model.stem = 'conv' needs a patch of 2, 4, 8, 16 or 32 pixels, not {patch_size}.")
        widths = [in_chans, *(max(8, embed_dim >> (halvings - 1 - i)) for i in range(halvings))]
        layers = [halve(narrow, wide) for narrow, wide in pairwise(widths)]
        self.proj = nn.Sequential(*layers, nn.Conv2d(embed_dim, embed_dim, kernel_size=1))  # type: ignore[assignment]


def halve(narrow: int, wide: int) -> nn.Sequential:
    """Make a layer that halves the image's sides."""
    # One group: normalised within each image, so that no image depends on its batch or its process.
    return nn.Sequential(nn.Conv2d(narrow, wide, 3, stride=2, padding=1, bias=False), nn.GroupNorm(1, wide), nn.GELU())
