"""What network a file of weights is of, read from the shapes of its layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.models.efficientnets import name_efficientnet
from cdcl.models.not_in_timm import OPENPHENOM, kind_of
from cdcl.models.weights import first_kernel
from cdcl.wording import option

if TYPE_CHECKING:
    from torch import Tensor

HEAD_WIDTH = 64
"""Of every published ViT from tiny to giant; the number of heads is in no shape, so it is taken from this."""

_RESNETS: dict[tuple[bool, tuple[int, ...]], str] = {
    (False, (2, 2, 2, 2)): "resnet18",
    (False, (3, 4, 6, 3)): "resnet34",
    (True, (3, 4, 6, 3)): "resnet50",
}
"""By whether blocks are bottlenecks, and how many there are in each stage."""


@dataclass(frozen=True)
class Architecture:
    """A network as timm makes it.

    Attributes
    ----------
    model
        Settings under [model], without weights.
    num_channels
        How many channels its first layer sees.
    view_size
        Side in pixels of the images that its positions are for; 224 where it has none.
    """

    model: ModelConfig
    num_channels: int
    view_size: int


def read_architecture(weights: dict[str, Tensor], where: str, heads: int | None = None) -> Architecture:
    """Read the architecture from weights under timm's names.

    Raises
    ------
    ModelError
        If it is none that is known.
    """
    first = first_kernel(weights)
    if not first:
        raise ModelError(f"{where} has no layer that sees images.")
    num_channels = int(weights[first].shape[1])
    if first.startswith("conv1"):
        return Architecture(ModelConfig(backbone=_resnet(weights, where), drop_path=0.0), num_channels, 224)
    if first.startswith("conv_stem"):
        return Architecture(ModelConfig(backbone=name_efficientnet(weights, where), drop_path=0.0), num_channels, 224)
    if any(name.endswith(("gamma_1", "q_proj.weight")) for name in weights):
        raise ModelError(
            f"{where} is an Eva or DINOv3 network; say which of timm's with {option('as')}, such as dinov3-small."
        )
    width, patch = int(weights[first].shape[0]), int(weights[first].shape[-1])
    if first != "patch_embed.proj.weight" or "cls_token" not in weights:
        raise ModelError(
            f"{where} is a network without a class token, or with a stem of its own; give its run instead."
        )
    depth = 1 + max(int(name.split(".")[1]) for name in weights if re.match(r"blocks\.\d+\.", name))
    hidden = _hidden(weights, width)
    if hidden != 4 * width:
        raise ModelError(f"{where} has hidden layers of {hidden} behind tokens of {width}, not 4 times as many.")
    heads = heads or max(1, width // _head_width(weights))
    if width % heads:
        raise ModelError(
            f"{where}: {heads} heads do not share out tokens of {width}; {option('heads')} N says how many."
        )
    model = ModelConfig(
        backbone=_transformer(weights), patch=patch, width=width, depth=depth, heads=heads, drop_path=0.0
    )
    return Architecture(model, num_channels, patch * _grid(weights))


def _hidden(weights: dict[str, Tensor], width: int) -> int:
    if kind_of(weights) == OPENPHENOM:  # one matrix for the hidden layer, queries, keys and values
        return int(weights["blocks.0.in_proj.weight"].shape[0]) - 3 * width
    return int(weights["blocks.0.mlp.fc1.weight"].shape[0])


def _head_width(weights: dict[str, Tensor]) -> int:
    """Give the width of a head: of OpenPhenom its norms tell it."""
    norm = weights.get("blocks.0.q_norm.weight")
    return HEAD_WIDTH if norm is None else int(norm.shape[0])


def _transformer(weights: dict[str, Tensor]) -> str:
    """Name the network that has these kinds of layers; its sizes are given beside it."""
    if kind := kind_of(weights):
        return kind
    if "reg_token" in weights:
        return "vit_small_patch14_reg4_dinov2"
    return "vit_small_patch14_dinov2" if "blocks.0.ls1.gamma" in weights else "vit_small_patch16_224"


def _grid(weights: dict[str, Tensor]) -> int:
    num_tokens = int(weights["pos_embed"].shape[1])
    side = isqrt(num_tokens)
    return side if side * side == num_tokens else isqrt(num_tokens - 1)


def _resnet(weights: dict[str, Tensor], where: str) -> str:
    blocks = tuple(
        1 + max((int(m[1]) for name in weights if (m := re.match(rf"layer{stage}\.(\d+)\.", name))), default=-1)
        for stage in (1, 2, 3, 4)
    )
    name = _RESNETS.get(("layer1.0.conv3.weight" in weights, blocks), "")
    if not name:
        raise ModelError(f"{where} is a ResNet with {blocks} blocks, which is none of 18, 34 and 50 layers.")
    return name
