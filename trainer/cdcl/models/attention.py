"""Attention as a Vision Transformer computes it, caught on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torch import nn


@torch.inference_mode()
def attention_of(backbone: nn.Module, images: Tensor, block: int = -1) -> Tensor:
    """Run the backbone and give the softmax attention of one block, (n, heads, tokens, tokens); rows sum to 1."""
    attention = cast("nn.Module", cast("nn.ModuleList", backbone.blocks)[block].attn)
    caught: list[Tensor] = []
    fused, attention.fused_attn = attention.fused_attn, False  # type: ignore[assignment]
    # The softmax passes through the dropout of the attention, which does nothing in evaluation mode.
    handle = cast("nn.Module", attention.attn_drop).register_forward_hook(lambda _, __, output: caught.append(output))
    try:
        backbone(images)
    finally:
        handle.remove()
        attention.fused_attn = fused
    return caught[0].float()


def class_token_maps(attention: Tensor, grid: tuple[int, int], num_prefix: int) -> Tensor:
    """Give what the class token attends to, (n, heads, *grid), without the prefix tokens' share."""
    maps: Tensor = attention[:, :, 0, num_prefix:].reshape(*attention.shape[:2], *grid)
    return maps
