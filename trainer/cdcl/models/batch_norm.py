"""BatchNorm over the batch of all processes, on any backend (torch's own needs CUDA)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdcl.models.collectives import num_processes, summed
from cdcl.models.precision import at_least_float32


class BatchNorm(nn.BatchNorm1d):
    """Normalises (n, width); in training by the statistics of the global batch."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise each column."""
        if not self.training or num_processes() == 1:
            return super().forward(inputs)
        return normalise(self, inputs, (0,))


class BatchNorm2d(nn.BatchNorm2d):
    """Normalises (n, width, y, x); in training by the statistics of the global batch."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise each channel."""
        if not self.training or num_processes() == 1:
            return super().forward(inputs)
        return normalise(self, inputs, (0, 2, 3))


def normalise(norm: nn.BatchNorm1d | nn.BatchNorm2d, inputs: Tensor, over: tuple[int, ...]) -> Tensor:
    """Normalise over the given dimensions of the batches of all processes, and keep the running averages."""
    count = inputs.numel() // inputs.shape[1] * num_processes()  # batches are of one size on all processes
    inputs = at_least_float32(inputs)
    shape = (1, -1, *(1,) * (inputs.ndim - 2))  # (1, width) or (1, width, 1, 1)
    mean = (summed(inputs.sum(over)) / count).reshape(shape)
    variance = summed((inputs - mean).square().sum(over)) / count
    # Running averages keep the unbiased variance, the batch is normalised by the biased one, as torch does it.
    _track(norm, mean.detach().flatten(), variance.detach() * count / (count - 1))
    normalised = (inputs - mean) * torch.rsqrt(variance.reshape(shape) + norm.eps)
    return torch.addcmul(norm.bias.reshape(shape), normalised, norm.weight.reshape(shape))


@torch.no_grad()
def _track(norm: nn.BatchNorm1d | nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.num_batches_tracked is not None
    assert norm.momentum is not None
    norm.running_mean.lerp_(mean.to(norm.running_mean), norm.momentum)
    norm.running_var.lerp_(variance.to(norm.running_var), norm.momentum)
    norm.num_batches_tracked.add_(1)
