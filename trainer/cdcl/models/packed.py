"""Views of several sizes through a Vision Transformer at once: tokens in one long row, attention view by view.

Norms, projections and perceptrons work on tokens, whatever view these are of: taken together, local views make no small
products of their own. Only attention looks at the tokens of one view, and is computed resolution by resolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Shape = tuple[int, int]
"""Views of a resolution, and tokens of each."""


def can_pack(backbone: nn.Module) -> bool:
    """Tell whether a network is a plain Vision Transformer of timm, whose blocks are of the usual make."""
    blocks: Any = getattr(backbone, "blocks", ())
    if type(backbone).__name__ != "VisionTransformer":
        return False
    parts = ("norm1", "attn", "ls1", "drop_path1", "norm2", "mlp", "ls2", "drop_path2")
    usual = all(type(block).__name__ == "Block" and all(hasattr(block, part) for part in parts) for block in blocks)
    plain = (type(block.attn).__name__ == "Attention" and getattr(block.attn, "gate", None) is None for block in blocks)
    return usual and all(plain)


def encode_packed(backbone: Any, views: Sequence[Tensor]) -> list[Tensor]:
    """Map views (n_i, C, h_i, h_i) of several resolutions to features (n_i, D), as `backbone` does one by one.

    Parameters
    ----------
    backbone
        A network for which `can_pack` is true.
    views
        A tensor (n_i, C, h_i, h_i) a resolution.

    Returns
    -------
    list of Tensor
        (n_i, D) a resolution.
    """
    tokens = [_embed(backbone, view) for view in views]  # (n_i, t_i, D)
    shapes = [(len(part), part.shape[1]) for part in tokens]
    row = torch.cat([part.flatten(0, 1) for part in tokens])  # (sum n_i * t_i, D)
    for block in backbone.blocks:
        row = row + _each(block.drop_path1, block.ls1(_attend(block.attn, block.norm1(row), shapes)), shapes)
        row = row + _each(block.drop_path2, block.ls2(block.mlp(block.norm2(row))), shapes)
    parts = torch.split(backbone.norm(row), [number * length for number, length in shapes])
    ends = [part.reshape(*shape, -1) for part, shape in zip(parts, shapes, strict=True)]  # (n_i, t_i, D)
    return [backbone.forward_head(end) for end in ends]


def _embed(backbone: Any, view: Tensor) -> Tensor:
    tokens: Tensor = backbone.norm_pre(backbone.patch_drop(backbone._pos_embed(backbone.patch_embed(view))))
    return tokens


def _attend(attention: Any, row: Tensor, shapes: Sequence[Shape]) -> Tensor:
    """Let each view's tokens attend to each other; `row` (tokens of all views, D)."""
    heads, width = attention.num_heads, attention.head_dim
    answers = []
    for part, (number, length) in zip(attention.qkv(row).split([n * t for n, t in shapes]), shapes, strict=True):
        # (n * t, 3 * D) to three of (n, heads, t, D / heads)
        queries, keys, values = part.reshape(number, length, 3, heads, width).permute(2, 0, 3, 1, 4).unbind(0)
        queries, keys = attention.q_norm(queries), attention.k_norm(keys)
        if attention.fused_attn:
            found = F.scaled_dot_product_attention(queries, keys, values)
        else:
            found = ((queries * attention.scale) @ keys.transpose(-2, -1)).softmax(dim=-1) @ values
        answers.append(found.transpose(1, 2).reshape(number * length, heads * width))  # (n * t, D)
    projected: Tensor = attention.proj_drop(attention.proj(attention.norm(torch.cat(answers))))
    return projected


def _each(drop: Callable[[Tensor], Tensor], row: Tensor, shapes: Sequence[Shape]) -> Tensor:
    """Drop the path of whole views; `row` (tokens of all views, D)."""
    if isinstance(drop, nn.Identity):
        return row
    parts = torch.split(row, [number * length for number, length in shapes])
    dropped = [drop(part.reshape(*shape, -1)).flatten(0, 1) for part, shape in zip(parts, shapes, strict=True)]
    return torch.cat(dropped)
