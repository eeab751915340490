"""Attention as a Vision Transformer computes it, caught on its way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ModelError
from cdcl.models.blocks import blocks_of
from cdcl.models.channelwise import networks_by_channel, networks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Tokens = int | tuple[int, ...]
"""One token, or the tokens of one place in several channels."""
CLASS_TOKEN = 0
"""Token 0 is the class token in every Vision Transformer of timm that has one."""


@torch.inference_mode()
def attention_of(backbone: nn.Module, images: Tensor, block: int = -1) -> Tensor:
    """Run the backbone and give the softmax attention of one block, (n, heads, tokens, tokens); rows sum to 1.

    Networks of one channel each give their heads one after the other, channel by channel.

    Parameters
    ----------
    backbone
        A Vision Transformer, or several of one channel each.
    images
        (n, C, h, h).
    block
        Number of the block, -1 for the last.

    Raises
    ------
    ModelError
        If the network has no attention, or no such block.
    """
    return _of_each_network(backbone, images, lambda network, part: _caught(network, part, [block])[0].float())


@torch.inference_mode()
def rollout_of(backbone: nn.Module, images: Tensor, block: int = -1, token: Tokens = CLASS_TOKEN) -> Tensor:
    """Follow a token's attention through the blocks up to one (Abnar & Zuidema 2020, eq. 1).

    It is the token's row of the product of (A + I) / 2 over blocks, A the mean over heads.

    Parameters
    ----------
    images
        (n, C, h, h).
    block
        Up to which; -1 is the last.
    token
        Whose attention; of several tokens the mean.

    Returns
    -------
    Tensor
        (n, networks, tokens); rows sum to 1.

    Raises
    ------
    ModelError
        If the network has no attention, or no such block.
    """

    def follow(network: nn.Module, part: Tensor) -> Tensor:
        last = block % len(_blocks(network))
        matrices = [caught.float().mean(1) for caught in _caught(network, part, list(range(last + 1)))]  # (n, t, t)
        # One row from the last block down: the product of whole matrices is not needed for a single token.
        row = torch.zeros(len(part), 1, matrices[0].shape[-1], device=part.device)  # (n, 1, t)
        row[..., _list(token)] = 1.0 / len(_list(token))
        for matrix in reversed(matrices):
            row = 0.5 * (row @ matrix) + 0.5 * row
        return row

    _check_block(backbone, block)
    return _of_each_network(backbone, images, follow)


@torch.inference_mode()
def key_similarity(backbone: nn.Module, images: Tensor, block: int = -1, token: Tokens = CLASS_TOKEN) -> Tensor:
    """Compare each token's key with that of one token, all heads joined.

    Parameters
    ----------
    images
        (n, C, h, h).
    block
        Number of the block, -1 for the last.
    token
        The token that all are compared with; where it is one a channel of a network that sees the patches of all
        channels side by side, each channel's tokens are compared with their own, and the class token with the first.

    Returns
    -------
    Tensor
        (n, networks, tokens), cosines.

    Raises
    ------
    ModelError
        If the network has no attention, or no such block.
    """

    def compare(network: nn.Module, part: Tensor) -> Tensor:
        keys = F.normalize(_keys(network, part, block), dim=-1)  # (n, t, D)
        asked = keys[:, _list(token)]  # (n, asked, D)
        if asked.shape[1] > 1:
            each = (keys.shape[1] - 1) // asked.shape[1]  # patches of a channel
            asked = torch.cat([asked[:, :1], asked.repeat_interleave(each, dim=1)], dim=1)  # (n, t, D)
        return (keys * asked).sum(-1)[:, None]  # (n, 1, t)

    _check_block(backbone, block)
    return _of_each_network(backbone, images, compare)


def _keys(network: nn.Module, images: Tensor, block: int) -> Tensor:
    """Run a network and give the keys of one block, (n, tokens, D)."""
    attention = _attention(network, block)
    joined = getattr(attention, "qkv", None)
    with _listening(cast("nn.Module", joined if joined is not None else attention.k_norm)) as caught:
        network(images)
    found = caught[0].float()
    # Of queries, keys and values in a row the second third; else (n, tokens, heads, D / heads).
    return found.flatten(2) if joined is None else found.chunk(3, dim=-1)[1]


def _list(token: Tokens) -> list[int]:
    return [token] if isinstance(token, int) else list(token)


def _of_each_network(backbone: nn.Module, images: Tensor, look: Callable[[nn.Module, Tensor], Tensor]) -> Tensor:
    networks = networks_by_channel(backbone)
    if not networks:
        return look(backbone, images)
    return torch.cat([look(network, images[:, c : c + 1]) for c, network in enumerate(networks)], dim=1)


def _caught(backbone: nn.Module, images: Tensor, blocks: list[int]) -> list[Tensor]:
    """Run the backbone and give the softmax attention of some blocks."""
    for block in blocks:
        _check_block(backbone, block)
    modules = [_attention(backbone, block) for block in blocks]
    fused = [module.fused_attn for module in modules]
    for module in modules:
        module.fused_attn = False  # type: ignore[assignment]
    try:
        # The softmax passes through the dropout of the attention, which does nothing in evaluation mode.
        with _listening(*(cast("nn.Module", module.attn_drop) for module in modules)) as caught:
            backbone(images)
    finally:
        for module, was in zip(modules, fused, strict=True):
            module.fused_attn = was
    return caught


@contextmanager
def _listening(*modules: nn.Module) -> Iterator[list[Tensor]]:
    """Collect what modules give, in the order in which they run."""
    caught: list[Tensor] = []
    handles = [module.register_forward_hook(lambda _, __, output: caught.append(output)) for module in modules]
    try:
        yield caught
    finally:
        for handle in handles:
            handle.remove()


def _blocks(backbone: nn.Module) -> nn.ModuleList:
    return cast("nn.ModuleList", backbone.blocks)


def _attention(backbone: nn.Module, block: int) -> nn.Module:
    """Give the part of a block that attends: the block itself where attention and perceptron stand side by side."""
    found = _blocks(backbone)[block]
    return cast("nn.Module", getattr(found, "attn", found))


def _check_block(backbone: nn.Module, block: int) -> None:
    blocks = blocks_of(networks_of(backbone)[0])
    if blocks is None:
        raise ModelError("the network has no attention maps: it is one of convolutions; a Vision Transformer has them.")
    if not -len(blocks) <= block < len(blocks):
        raise ModelError(f"the network has no block {block}: it has blocks 0 to {len(blocks) - 1}; -1 is the last.")
