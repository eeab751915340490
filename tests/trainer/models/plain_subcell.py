"""SubCell's pooling written out, as an oracle in float64, and a file of the network as it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from test_layouts import hugging_face_vit
from torch.nn import functional as F

if TYPE_CHECKING:
    from plain_transformer import Shape

Tensors = dict[str, torch.Tensor]
HIDDEN, HEADS = 512, 2


def draw_pooling(shape: Shape, seed: int = 5) -> Tensors:
    """Draw the pooling under its published names; there, a dropout stands before each of the two first layers."""
    generator = torch.Generator().manual_seed(seed)
    sizes = {
        "attention_v.1": (HIDDEN, shape.width),
        "attention_u.1": (HIDDEN, shape.width),
        "attention": (HEADS, HIDDEN),
    }
    found: Tensors = {}
    for name, size in sizes.items():
        found[f"pool_model.{name}.weight"] = torch.randn(size, generator=generator, dtype=torch.float64) * 0.3
        found[f"pool_model.{name}.bias"] = torch.randn(size[0], generator=generator, dtype=torch.float64) * 0.3
    return found


def subcell_file(p: Tensors, shape: Shape) -> Tensors:
    return {**hugging_face_vit(p, shape, "encoder."), **draw_pooling(shape)}


def pooled(p: Tensors, tokens: torch.Tensor) -> torch.Tensor:
    """Give softmax over tokens of W (tanh(V x) * gelu(U x) + ...), times tokens, heads one after the other."""
    layer = {name.removeprefix("pool_model."): value for name, value in p.items()}
    value = torch.tanh(tokens @ layer["attention_v.1.weight"].T + layer["attention_v.1.bias"])
    gate = F.gelu(tokens @ layer["attention_u.1.weight"].T + layer["attention_u.1.bias"])
    scores = (value * gate) @ layer["attention.weight"].T + layer["attention.bias"]  # (n, tokens, heads)
    heads = [(scores[..., k].softmax(-1)[..., None] * tokens).sum(1) for k in range(HEADS)]
    return torch.cat(heads, dim=-1)
