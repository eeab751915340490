"""Backbone and head as one module with one forward call for views of several sizes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdcl.models.precision import at_least_float32


class MultiCrop(nn.Module):
    """Runs the backbone once a resolution and the head once over all views.

    One call is all that DistributedDataParallel ever sees of a step, as it must be for gradients to be synchronised.
    """

    in_bf16: bool = False
    """Compute in bf16 where that is safe; outputs are float32 all the same."""
    adversary: nn.Module | None
    """Looks at the features of the first resolution and guesses what must not be in them; see `methods.nuisance`."""
    guesses: Tensor | None = None
    """The adversary's logits of the last call."""

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.adversary = None

    def forward(self, views: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Map views, (n_i, C, h_i, h_i) a resolution, to features (sum n_i, D) and head outputs (sum n_i, K)."""
        with torch.autocast(views[0].device.type, torch.bfloat16, enabled=self.in_bf16):
            features = torch.cat([self.backbone(view) for view in views])
            logits = self.head(features)
        if self.adversary is not None:
            self.guesses = self.adversary(at_least_float32(features[: len(views[0])]))
        return at_least_float32(features), at_least_float32(logits)
