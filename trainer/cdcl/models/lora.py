"""Low-rank adapters: a fine-tuned layer is W + U D, where U D has a small rank and W stays (LoRA, Hu et al. 2022).

They sit on what mixes tokens, the queries, keys, values and the projection behind them. Whatever leaves a run has
them merged into W, so that it is a plain network again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.models.blocks import blocks_of

if TYPE_CHECKING:
    from torch.nn import Module

DOWN, UP = "lora_down", "lora_up"


class LoraLinear(nn.Linear):
    """A linear layer with an adapter beside it; at the start it is the layer alone, for U is 0.

    Parameters
    ----------
    layer
        W, (out, in), whose weights it takes over.
    rank
        Of U D, with U (out, rank) and D (rank, in).
    """

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__(layer.in_features, layer.out_features, layer.bias is not None, layer.weight.device)
        self.weight, self.bias = layer.weight, layer.bias
        self.lora_down = nn.Parameter(torch.empty(rank, layer.in_features, device=layer.weight.device))
        self.lora_up = nn.Parameter(torch.zeros(layer.out_features, rank, device=layer.weight.device))
        nn.init.kaiming_uniform_(self.lora_down, a=math.sqrt(5))  # D, (rank, in); as a linear layer begins

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        # Through rank numbers a token, (..., in) to (..., rank) to (..., out): U D, (out, in), is never formed.
        return super().forward(inputs) + F.linear(F.linear(inputs, self.lora_down), self.lora_up)

    def merged(self) -> Tensor:
        """Give W + U D, (out, in)."""
        return self.weight.detach() + (self.lora_up @ self.lora_down).detach()


def add_adapters(network: Module, rank: int) -> None:
    """Put adapters on the attention of every block of a Vision Transformer.

    Parameters
    ----------
    network
        Changed in place.
    rank
        Of U D, 1 or more.

    Raises
    ------
    ConfigError
        If the network has no attention, or keeps queries, keys and values in layers of their own.
    """
    places: list[Any] = [getattr(block, "attn", None) for block in blocks_of(network) or ()]
    if not places or not all(isinstance(getattr(place, "qkv", None), nn.Linear) for place in places):
        raise ConfigError("model.lora is for Vision Transformers of timm; set it to 0, or take another backbone.")
    for place in places:
        place.qkv, place.proj = LoraLinear(place.qkv, rank), LoraLinear(place.proj, rank)


def plain_state(module: Module) -> dict[str, Tensor]:
    """Give a module's tensors by name with all adapters merged, as a network without them has it."""
    state = module.state_dict()
    for name, part in module.named_modules():
        if isinstance(part, LoraLinear):
            prefix = f"{name}." if name else ""
            state[f"{prefix}weight"] = part.merged()
            del state[prefix + DOWN], state[prefix + UP]
    return dict(state)
