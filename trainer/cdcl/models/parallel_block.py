"""A block whose attention and perceptron stand side by side (Dehghani et al. 2023), as OpenPhenom has it."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.models.torchvision_shim import import_timm

import_timm()
from timm.layers.config import use_fused_attn  # noqa: E402 (needs the line above)
from timm.layers.drop import DropPath  # noqa: E402

LAYER_SCALE = 1e-4
"""What the scale of the residual path begins with, as published."""
EPS = 1e-6
"""Of the published LayerNorms."""


class Scale(nn.Module):
    """Scales each number of a token by a learned factor (LayerScale)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), LAYER_SCALE))

    def forward(self, tokens: Tensor) -> Tensor:
        """Scale (n, t, D)."""
        return tokens * self.gamma


class ParallelBlock(nn.Module):
    """Maps tokens (n, t, D) to x + s * (attention(norm(x)) + perceptron(norm(x))), both from one projection.

    Of the projection's rows the first 4 D are the perceptron's, then queries, keys and values. Its bias of 4 D numbers
    is added to the *last* 4 D rows: to a quarter of the perceptron and to queries, keys and values. timm did that
    before 1.0.25 (its issue 2653), and the weights were published before that; a block that adds it to the perceptron
    gives other features of them.

    Parameters
    ----------
    dim
        D.
    num_heads
        Attention heads.
    drop_path
        Share of residual paths that are dropped in training, 0 to 1.
    """

    def __init__(self, dim: int, num_heads: int, drop_path: float = 0.0, **_: Any) -> None:
        super().__init__()
        norm = partial(nn.LayerNorm, eps=EPS)
        self.num_heads, self.hidden = num_heads, 4 * dim
        self.in_norm = norm(dim)
        self.in_proj = nn.Linear(dim, self.hidden + 3 * dim, bias=False)
        self.mlp_bias = nn.Parameter(torch.zeros(self.hidden))
        self.q_norm, self.k_norm = norm(dim // num_heads), norm(dim // num_heads)
        self.fused_attn = use_fused_attn()
        self.attn_drop = nn.Identity()  # where attention maps are read; nothing is dropped
        self.attn_out_proj = nn.Linear(dim, dim)
        self.mlp_out_proj = nn.Linear(self.hidden, dim)
        self.ls = Scale(dim)
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (n, t, D) to tokens."""
        width = x.shape[-1]
        bias = F.pad(self.mlp_bias, (3 * width, 0))
        projected = F.linear(self.in_norm(x), self.in_proj.weight, bias)  # (n, t, 7 D)
        hidden, *parts = torch.split(projected, [self.hidden, width, width, width], dim=-1)
        # Each (n, t, heads, D / heads).
        queries, keys, values = (part.reshape(*part.shape[:2], self.num_heads, -1) for part in parts)
        mixed = self._attend(self.q_norm(queries), self.k_norm(keys), values)
        together = self.attn_out_proj(mixed) + self.mlp_out_proj(F.gelu(hidden))
        residual: Tensor = self.drop_path(self.ls(together))
        return x + residual

    def _attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Mix values (n, t, heads, D / heads) by attention, to (n, t, D)."""
        queries, keys, values = (part.transpose(1, 2) for part in (queries, keys, values))
        if self.fused_attn:
            found = F.scaled_dot_product_attention(queries, keys, values)
        else:
            scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-2, -1)
            found = self.attn_drop(scores.softmax(dim=-1)) @ values
        return found.transpose(1, 2).flatten(2)
