"""Heads: DINO's projector with prototypes on the unit sphere, BYOL's projector and predictor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.models.batch_norm import BatchNorm
from cdcl.models.precision import at_least_float32

if TYPE_CHECKING:
    from cdcl.config import ByolConfig, DinoConfig


class DinoHead(nn.Module):
    """MLP of three layers, L2 normalisation, then K prototypes of unit length (Caron et al. 2021, appendix C).

    Parameters
    ----------
    width
        D of the features.
    config
        Hidden width, bottleneck, number of prototypes K, and whether there is BatchNorm.
    """

    def __init__(self, width: int, config: DinoConfig) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            *_layer(width, config.hidden, config.batch_norm),
            *_layer(config.hidden, config.hidden, config.batch_norm),
            nn.Linear(config.hidden, config.bottleneck),
        )
        self.prototypes = Prototypes(config.bottleneck, config.prototypes, fixed_length=config.fix_prototype_length)
        self.mlp.apply(_initialise)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, width) to logits (n, K)."""
        # Unit length in float32: the squares of small numbers vanish in half precision.
        projected = F.normalize(at_least_float32(self.mlp(features)), dim=-1)  # (n, bottleneck)
        logits: Tensor = self.prototypes(projected)
        return logits


class Prototypes(nn.Module):
    """A linear layer without bias whose rows have length 1, or a learned length.

    Rows begin at U(-1/sqrt d, 1/sqrt d), d the width: a row's stored length, 1/sqrt 3 at any d, does not show in the
    logits but decides how fast it turns. AdamW moves each of its d numbers by about the learning rate a step, which
    turns it by lr sqrt(3 d). The original's weight-normed layer begins so (its MLP alone at std 0.02); at std 0.02 rows
    would turn by lr/0.02, 1.8 times as fast at d = 256 and 3.6 times at d = 64.

    Parameters
    ----------
    width
        d, of the inputs.
    count
        K.
    fixed_length
        Whether all rows keep length 1, as in DINO's default; else each learns its own.
    """

    def __init__(self, width: int, count: int, *, fixed_length: bool) -> None:
        super().__init__()
        self.direction = nn.Parameter(torch.empty(count, width))
        bound = 1.0 / math.sqrt(width)
        nn.init.uniform_(self.direction, -bound, bound)
        length = torch.ones(count, 1)
        if fixed_length:
            self.register_buffer("length", length)
        else:
            self.length = nn.Parameter(length)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, width) to (n, count)."""
        # The fused kernel of weight_norm; dividing by the norm in Python costs a fifth of a step at K = 65 536.
        return F.linear(inputs, torch._weight_norm(self.direction, self.length, 0))


class ByolHead(nn.Module):
    """A projector, which the target has too, and a predictor, which it has not (Grill et al. 2020, section 3.3).

    Parameters
    ----------
    width
        D of the features.
    config
        Hidden width and width of the projection.
    """

    def __init__(self, width: int, config: ByolConfig) -> None:
        super().__init__()
        self.projector = _perceptron(width, config.hidden, config.projection)
        self.predictor = _perceptron(config.projection, config.hidden, config.projection)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, width) to predictions of the target's projections, (n, projection)."""
        predictions: Tensor = self.predictor(self.projector(features))
        return predictions


def _perceptron(width: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, hidden, bias=False), BatchNorm(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, out)
    )


def _layer(width: int, hidden: int, batch_norm: bool) -> list[nn.Module]:
    norm = [BatchNorm(hidden)] if batch_norm else []
    return [nn.Linear(width, hidden, bias=not batch_norm), *norm, nn.GELU()]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
