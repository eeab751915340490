"""SubCell's network: a Vision Transformer whose profile is drawn from all of its tokens by gated attention."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.models.torchvision_shim import import_timm

import_timm()
from timm.models.vision_transformer import VisionTransformer  # noqa: E402 (needs the line above)

HIDDEN, HEADS = 512, 2
"""Of the published pooling; no setting, for all of its files have them."""
EPS = 1e-12
"""Of the published LayerNorms; timm's own is 1e-6."""


class GatedPooling(nn.Module):
    """Weighs tokens by gated attention (Ilse et al. 2018), with GELU as the gate's nonlinearity, as SubCell has it.

    Parameters
    ----------
    width
        D of a token.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.value = nn.Linear(width, HIDDEN)
        self.gate = nn.Linear(width, HIDDEN)
        self.score = nn.Linear(HIDDEN, HEADS)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (n, tokens, D) to (n, heads * D): each head's mean of the tokens, by its weights."""
        hidden = torch.tanh(self.value(tokens)) * F.gelu(self.gate(tokens))  # (n, tokens, hidden)
        weights = self.score(hidden).softmax(dim=1)  # (n, tokens, heads)
        pooled: Tensor = weights.transpose(1, 2) @ tokens  # (n, heads, D)
        return pooled.flatten(1)


class GatedTransformer(VisionTransformer):
    """A Vision Transformer with `GatedPooling` of its normed tokens, the class token's among them.

    Parameters
    ----------
    settings
        Of timm's `VisionTransformer`.
    """

    def __init__(self, **settings: Any) -> None:
        norm = partial(nn.LayerNorm, eps=EPS)
        super().__init__(norm_layer=norm, num_classes=0, global_pool="token", dynamic_img_size=True, **settings)
        self.gated_pool = GatedPooling(self.embed_dim)
        self.num_features = self.head_hidden_size = HEADS * self.embed_dim

    def summarise(self, tokens: Tensor) -> Tensor:
        """Map normed tokens (n, tokens, D) to features (n, 2 D)."""
        pooled: Tensor = self.gated_pool(tokens)
        return pooled

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Map normed tokens to features."""
        return self.summarise(x)
