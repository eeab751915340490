"""Sums over processes that gradients can pass through; with one process they do nothing."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def num_processes() -> int:
    """Count the processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def process_rank() -> int:
    """Give the place of this process among them."""
    return dist.get_rank() if num_processes() > 1 else 0


def summed(tensor: Tensor) -> Tensor:
    """Sum a tensor over all processes; gradients are summed on the way back.

    Returns
    -------
    Tensor
        Of the same shape; the tensor itself with one process.
    """
    return tensor if num_processes() == 1 else _Sum.apply(tensor)  # type: ignore[no-untyped-call]


def gathered(tensor: Tensor) -> Tensor:
    """Concatenate the rows of all processes in rank order; gradients return to the process they came from.

    Parameters
    ----------
    tensor
        (n, ...), of the same shape in each process.

    Returns
    -------
    Tensor
        (n * processes, ...); the tensor itself with one process.
    """
    return tensor if num_processes() == 1 else _Gather.apply(tensor)  # type: ignore[no-untyped-call]


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        return total


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        ctx.length = len(tensor)
        parts = [torch.empty_like(tensor) for _ in range(num_processes())]
        dist.all_gather(parts, tensor.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        start = dist.get_rank() * ctx.length
        return total[start : start + ctx.length]
