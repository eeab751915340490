"""OpenPhenom written out, as an oracle in float64, and a checkpoint of it as it is published."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional as F

Tensors = dict[str, torch.Tensor]
WIDTH, DEPTH, HEADS, PATCH, GRID, MOST = 24, 3, 2, 4, 4, 5
HEAD = WIDTH // HEADS
SIZES = {"patch": PATCH, "width": WIDTH, "depth": DEPTH, "heads": HEADS}


def positions(channels: int) -> torch.Tensor:
    """Give sines and cosines of row and column, the same for each channel, zeros for the class token."""
    rates = 10000.0 ** -(torch.arange(WIDTH // 4, dtype=torch.float64) / (WIDTH // 4))
    rows, columns = (index.flatten().double()[:, None] * rates for index in torch.meshgrid(
        torch.arange(GRID), torch.arange(GRID), indexing="ij"))  # fmt: skip
    one = torch.cat([rows.sin(), rows.cos(), columns.sin(), columns.cos()], dim=1)
    return torch.cat([torch.zeros(1, WIDTH, dtype=torch.float64), one.repeat(channels, 1)])[None]


def draw(seed: int = 0) -> Tensors:
    """Draw the encoder under its published names."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*sizes: int) -> torch.Tensor:
        return torch.randn(*sizes, generator=generator, dtype=torch.float64) * 0.2

    p = {
        "cls_token": normal(1, 1, WIDTH),
        "pos_embed": positions(MOST),
        "patch_embed.proj.weight": normal(WIDTH, 1, PATCH, PATCH),
        "patch_embed.proj.bias": normal(WIDTH),
        "fc_norm.weight": 1 + normal(WIDTH),
        "fc_norm.bias": normal(WIDTH),
    }
    for b in range(DEPTH):
        own = {
            "in_norm.weight": 1 + normal(WIDTH), "in_norm.bias": normal(WIDTH),
            "in_proj.weight": normal(7 * WIDTH, WIDTH), "mlp_bias": normal(4 * WIDTH),
            "q_norm.weight": 1 + normal(HEAD), "q_norm.bias": normal(HEAD),
            "k_norm.weight": 1 + normal(HEAD), "k_norm.bias": normal(HEAD),
            "attn_out_proj.weight": normal(WIDTH, WIDTH), "attn_out_proj.bias": normal(WIDTH),
            "mlp_out_proj.weight": normal(WIDTH, 4 * WIDTH), "mlp_out_proj.bias": normal(WIDTH),
            "ls.gamma": normal(WIDTH),
        }  # fmt: skip
        p |= {f"blocks.{b}.{name}": value for name, value in own.items()}
    return p


def published(p: Tensors) -> dict[str, Any]:
    """A checkpoint as it is published: the encoder, a decoder, and what lies between."""
    rest = {"decoder.mask_token": torch.zeros(1, 1, 8), "encoder_decoder_proj.weight": torch.zeros(8, WIDTH)}
    return {"state_dict": {**{f"encoder.vit_backbone.{name}": value for name, value in p.items()}, **rest}}


def norm(x: torch.Tensor, p: Tensors, name: str) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt() * p[f"{name}.weight"] + p[f"{name}.bias"]


def run(p: Tensors, images: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
    """Give tokens (n, 1 + C patches, d) after the last block, each block's attention, and each block's keys."""
    n, channels = images.shape[:2]
    kernel = p["patch_embed.proj.weight"].flatten(1)
    parts = [
        (kernel @ F.unfold(images[:, c : c + 1], PATCH, stride=PATCH)).transpose(1, 2) + p["patch_embed.proj.bias"]
        for c in range(channels)
    ]
    tokens = torch.cat([p["cls_token"].expand(n, -1, -1), *parts], dim=1)
    tokens = tokens + p["pos_embed"][:, : tokens.shape[1]]
    maps, all_keys = [], []
    for b in range(DEPTH):
        own = {name.removeprefix(f"blocks.{b}."): value for name, value in p.items()}
        # timm before 1.0.25: the bias goes to the last rows, though the first ones are the perceptron's.
        bias = torch.cat([torch.zeros(3 * WIDTH, dtype=torch.float64), own["mlp_bias"]])
        projected = norm(tokens, own, "in_norm") @ own["in_proj.weight"].T + bias
        hidden = projected[..., : 4 * WIDTH]
        q, k, v = (
            projected[..., (4 + i) * WIDTH : (5 + i) * WIDTH].reshape(n, -1, HEADS, HEAD).transpose(1, 2)
            for i in range(3)
        )
        q, k = norm(q, own, "q_norm"), norm(k, own, "k_norm")
        attention = (q @ k.transpose(-1, -2) / math.sqrt(HEAD)).softmax(-1)
        mixed = (attention @ v).transpose(1, 2).reshape(n, -1, WIDTH)
        attended = mixed @ own["attn_out_proj.weight"].T + own["attn_out_proj.bias"]
        perceived = F.gelu(hidden) @ own["mlp_out_proj.weight"].T + own["mlp_out_proj.bias"]
        tokens = tokens + own["ls.gamma"] * (attended + perceived)
        maps.append(attention)
        all_keys.append(k.transpose(1, 2).flatten(2))
    return tokens, maps, all_keys


def by_channel(tokens: torch.Tensor, channels: int) -> torch.Tensor:
    """Give the mean over each channel's patches, (n, C, d)."""
    return torch.stack([part.mean(1) for part in tokens[:, 1:].chunk(channels, dim=1)], dim=1)
