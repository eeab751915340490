"""The projection head of DINO: a small MLP onto K prototypes on the unit sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.models.collectives import num_processes, summed
from cdcl.models.precision import at_least_float32

if TYPE_CHECKING:
    from cdcl.config import DinoConfig


class DinoHead(nn.Module):
    """MLP of three layers, L2 normalisation, then K prototypes of unit length (Caron et al. 2021, appendix C)."""

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
        projected = F.normalize(at_least_float32(self.mlp(features)), dim=-1)
        logits: Tensor = self.prototypes(projected)
        return logits


class Prototypes(nn.Module):
    """A linear layer without bias whose rows have length 1, or a learned length."""

    def __init__(self, width: int, count: int, *, fixed_length: bool) -> None:
        super().__init__()
        self.direction = nn.Parameter(torch.empty(count, width))
        nn.init.trunc_normal_(self.direction, std=0.02)
        length = torch.ones(count, 1)
        if fixed_length:
            self.register_buffer("length", length)
        else:
            self.length = nn.Parameter(length)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, width) to (n, count)."""
        # The fused kernel of weight_norm; dividing by the norm in Python costs a fifth of a step at K = 65 536.
        return F.linear(inputs, torch._weight_norm(self.direction, self.length, 0))


class BatchNorm(nn.BatchNorm1d):
    """BatchNorm over the batch of all processes, on any backend (torch's own needs CUDA)."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise (n, width); in training by the statistics of the global batch."""
        if not self.training or num_processes() == 1:
            return super().forward(inputs)
        count = len(inputs) * num_processes()
        inputs = at_least_float32(inputs)
        mean = summed(inputs.sum(0)) / count
        variance = summed((inputs - mean).square().sum(0)) / count
        self._track(mean.detach(), variance.detach() * count / (count - 1))
        normalised = (inputs - mean) * torch.rsqrt(variance + self.eps)
        return torch.addcmul(self.bias, normalised, self.weight)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
        self.running_var.lerp_(variance.to(self.running_var), self.momentum)
        self.num_batches_tracked.add_(1)


def _layer(width: int, hidden: int, batch_norm: bool) -> list[nn.Module]:
    norm = [BatchNorm(hidden)] if batch_norm else []
    return [nn.Linear(width, hidden, bias=not batch_norm), *norm, nn.GELU()]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
