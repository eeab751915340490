"""Means over the images whose value is known, the same however many processes share the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cdcl.models.collectives import num_processes, summed

if TYPE_CHECKING:
    from torch import Tensor


def mean_of_known(each: Tensor, known: Tensor) -> Tensor:
    """Average losses (n,) over the known ones of the whole batch; 0, with a gradient of 0, where none is known.

    Each process divides by its share of the count of all: the mean over processes, which is what their gradients are
    averaged to, then is the mean over the batch.
    """
    with torch.no_grad():
        count = summed(known.to(each.dtype).sum()) / num_processes()
    return torch.where(known, each, 0.0).sum() / torch.where(count > 0, count, 1.0)
