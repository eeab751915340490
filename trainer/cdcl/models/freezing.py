"""Which layers of a student are trained, and how deep in the network each parameter lies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.models.channelwise import networks_of
from cdcl.models.lora import DOWN, UP
from cdcl.models.multicrop import MultiCrop

if TYPE_CHECKING:
    from torch import nn

ALL = -1
"""Value of `optimizer.trained_blocks`: nothing is frozen."""

_BLOCK = re.compile(r"^(?:blocks|layer)\.?(\d+)\.")
"""Blocks of a Vision Transformer, counted from 0; stages of a ResNet, counted from 1."""


def freeze(student: nn.Module, trained_blocks: int, *, adapters: bool) -> None:
    """Choose which parameters of a student are trained. Heads always are.

    Parameters
    ----------
    student
        Its parameters' `requires_grad` is set.
    trained_blocks
        Only so many last blocks of each backbone are trained; -1 is everything.
    adapters
        Whether only LoRA adapters are trained in the backbone, whatever `trained_blocks` is.
    """
    for network in _backbones(student):
        for name, parameter in network.named_parameters():
            if adapters:
                parameter.requires_grad_(name.rpartition(".")[2] in (DOWN, UP))
            elif trained_blocks != ALL:
                parameter.requires_grad_(depth_of(name, network) > num_layers(network) - trained_blocks)


def layer_factors(student: nn.Module, decay: float) -> dict[int, float]:
    """Compute each parameter's share of the learning rate (layer-wise decay, Clark et al. 2020).

    Parameters
    ----------
    decay
        Factor for each layer further from the head, above 0 to 1.

    Returns
    -------
    dict
        decay^(L + 1 - l) by the `id` of each parameter of a backbone, l its layer (`depth_of`) and L the number of
        blocks.
    """
    return {
        id(parameter): decay ** (num_layers(network) + 1 - depth_of(name, network))
        for network in _backbones(student)
        for name, parameter in network.named_parameters()
    }


def depth_of(name: str, network: nn.Module) -> int:
    """Give the layer of a parameter: 0 before the first block, 1 .. L in the blocks, L + 1 in the norm behind them."""
    block = _BLOCK.match(name)
    if block:
        return int(block[1]) + (0 if name.startswith("layer") else 1)
    return num_layers(network) + 1 if name.startswith(("norm.", "fc_norm.", "gated_pool.", "conv_head.", "bn2.")) else 0


def num_layers(network: nn.Module) -> int:
    """Count the blocks of a Vision Transformer, or the stages of a ResNet or EfficientNet."""
    blocks = getattr(network, "blocks", None)
    return 4 if blocks is None else len(blocks)


def _backbones(student: nn.Module) -> list[nn.Module]:
    parts = [part.backbone for part in student.modules() if isinstance(part, MultiCrop)]
    return [network for part in parts for network in networks_of(part)]
