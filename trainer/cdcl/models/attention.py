"""Attention as a Vision Transformer computes it, caught on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from cdcl.errors import ModelError
from cdcl.models.channelwise import ChannelEncoders

if TYPE_CHECKING:
    from torch import nn


@torch.inference_mode()
def attention_of(backbone: nn.Module, images: Tensor, block: int = -1) -> Tensor:
    """Run the backbone and give the softmax attention of one block, (n, heads, tokens, tokens); rows sum to 1.

    Networks of one channel each give their heads one after the other, channel by channel.

    Raises
    ------
    ModelError
        If the network has no attention, or no such block.
    """
    if isinstance(backbone, ChannelEncoders):
        maps = [attention_of(encoder, images[:, c : c + 1], block) for c, encoder in enumerate(backbone.encoders)]
        return torch.cat(maps, dim=1)
    _check_block(backbone, block)
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


def _check_block(backbone: nn.Module, block: int) -> None:
    blocks = getattr(backbone, "blocks", None)
    if blocks is None:
        raise ModelError("the network has no attention maps: it is a ResNet; train a Vision Transformer to have them.")
    if not -len(blocks) <= block < len(blocks):
        raise ModelError(f"the network has no block {block}: it has blocks 0 to {len(blocks) - 1}; -1 is the last.")


def class_token_maps(attention: Tensor, grid: tuple[int, int], num_prefix: int) -> Tensor:
    """Give what the class token attends to, (n, heads, *grid), without the prefix tokens' share."""
    maps: Tensor = attention[:, :, 0, num_prefix:].reshape(*attention.shape[:2], *grid)
    return maps
