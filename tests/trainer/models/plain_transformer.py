"""A Vision Transformer written out in a page, as an oracle: names of its own, float64, no library's layers.

Dosovitskiy et al. 2021, eq. 1-4, with the additions of later papers: LayerScale, registers, SwiGLU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """A small network: width, depth, heads, patch, grid of patches a side, channels, registers."""

    width: int = 24
    depth: int = 3
    heads: int = 2
    patch: int = 4
    grid: int = 4
    channels: int = 2
    registers: int = 0
    scaled: bool = False


def draw(shape: Shape, seed: int = 0) -> dict[str, Tensor]:
    """Draw parameters, float64."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*sizes: int) -> Tensor:
        return torch.randn(*sizes, generator=generator, dtype=torch.float64) * 0.2

    d = shape.width
    found = {
        "kernel": normal(d, shape.channels, shape.patch, shape.patch),
        "kernel_bias": normal(d),
        "class": normal(1, 1, d),
        "positions": normal(1, 1 + shape.grid**2, d),
        "norm_weight": 1 + normal(d),
        "norm_bias": normal(d),
    }
    if shape.registers:
        found["registers"] = normal(1, shape.registers, d)
    for block in range(shape.depth):
        sizes = {"query": (d, d), "key": (d, d), "value": (d, d), "out": (d, d), "up": (4 * d, d), "down": (d, 4 * d)}
        for name, size in sizes.items():
            found[f"{block}.{name}_weight"], found[f"{block}.{name}_bias"] = normal(*size), normal(size[0])
        for name in ("before", "after"):
            found[f"{block}.{name}_weight"], found[f"{block}.{name}_bias"] = 1 + normal(d), normal(d)
        if shape.scaled:
            found[f"{block}.scale1"], found[f"{block}.scale2"] = normal(d), normal(d)
    return found


def run(p: dict[str, Tensor], shape: Shape, images: Tensor, eps: float = 1e-6) -> tuple[Tensor, list[Tensor]]:
    """Give the class token after the last norm, (n, d), and each block's attention, (n, heads, tokens, tokens)."""
    tokens, maps = run_tokens(p, shape, images, eps)
    return tokens[:, 0], maps


def run_tokens(p: dict[str, Tensor], shape: Shape, images: Tensor, eps: float = 1e-6) -> tuple[Tensor, list[Tensor]]:
    """Give all tokens after the last norm, (n, tokens, d), and each block's attention."""
    n, width, heads = len(images), shape.width, shape.heads
    patches = F.unfold(images, shape.patch, stride=shape.patch)  # (n, C p p, tokens)
    tokens = (p["kernel"].flatten(1) @ patches).transpose(1, 2) + p["kernel_bias"]
    tokens = torch.cat([p["class"].expand(n, -1, -1), tokens], dim=1) + p["positions"]
    if shape.registers:
        tokens = torch.cat([tokens[:, :1], p["registers"].expand(n, -1, -1), tokens[:, 1:]], dim=1)
    maps = []
    for b in range(shape.depth):
        normed = F.layer_norm(tokens, (width,), p[f"{b}.before_weight"], p[f"{b}.before_bias"], eps)
        q, k, v = (
            (normed @ p[f"{b}.{name}_weight"].T + p[f"{b}.{name}_bias"])
            .reshape(n, -1, heads, width // heads)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        attention = (q @ k.transpose(-1, -2) / math.sqrt(width // heads)).softmax(-1)
        maps.append(attention)
        mixed = (attention @ v).transpose(1, 2).reshape(n, -1, width) @ p[f"{b}.out_weight"].T + p[f"{b}.out_bias"]
        tokens = tokens + mixed * p.get(f"{b}.scale1", torch.ones(width))
        normed = F.layer_norm(tokens, (width,), p[f"{b}.after_weight"], p[f"{b}.after_bias"], eps)
        hidden = F.gelu(normed @ p[f"{b}.up_weight"].T + p[f"{b}.up_bias"])
        tokens = tokens + (hidden @ p[f"{b}.down_weight"].T + p[f"{b}.down_bias"]) * p.get(
            f"{b}.scale2", torch.ones(width)
        )
    return F.layer_norm(tokens, (width,), p["norm_weight"], p["norm_bias"], eps), maps


def rollout(maps: list[Tensor]) -> Tensor:
    """Follow the class token through all blocks: row 0 of the product of (mean over heads + I) / 2."""
    product = torch.eye(maps[0].shape[-1], dtype=torch.float64)
    for attention in maps:
        product = (attention.mean(1) + torch.eye(attention.shape[-1], dtype=torch.float64)) / 2 @ product
    return product[:, 0]
