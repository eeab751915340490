"""BatchNorm with its activation, as timm's EfficientNets have it, over the batch of all processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.models.batch_norm import normalise
from cdcl.models.collectives import num_processes
from cdcl.models.torchvision_shim import import_timm

import_timm()
from timm.layers.norm_act import BatchNormAct2d  # noqa: E402 (needs the line above)

if TYPE_CHECKING:
    from torch import Tensor, nn


class GlobalBatchNormAct2d(BatchNormAct2d):
    """Normalises (n, width, y, x), in training by the statistics of the global batch; then drops and activates."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise each channel and apply the activation."""
        if not self.training or num_processes() == 1:
            same: Tensor = super().forward(inputs)  # type: ignore[no-untyped-call]
            return same
        activated: Tensor = self.act(self.drop(normalise(self, inputs, (0, 2, 3))))
        return activated


def join_batches(network: nn.Module) -> None:
    """Let every such norm of a network know of other processes; its numbers stay as they are."""
    for part in network.modules():
        if type(part) is BatchNormAct2d:
            part.__class__ = GlobalBatchNormAct2d
