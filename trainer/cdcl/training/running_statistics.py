"""What a forward pass leaves in a network though the step is skipped: BatchNorm's running statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


class RunningStatistics:
    """The running means and variances of a network, kept before a step and put back where it does not count.

    They take in a batch in the forward pass, long before loss and gradients are known to be finite: a single infinity
    would stay in them for ever.
    """

    def __init__(self, network: nn.Module) -> None:
        norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._NormBase)]
        self._values: list[Tensor] = [buffer for norm in norms for buffer in norm.buffers(recurse=False)]
        self._kept = [value.clone() for value in self._values]

    @torch.no_grad()
    def keep(self) -> None:
        """Remember them as they are."""
        if self._values:
            torch._foreach_copy_(self._kept, self._values)

    @torch.no_grad()
    def put_back(self) -> None:
        """Give them the values that were kept."""
        if self._values:
            torch._foreach_copy_(self._values, self._kept)
