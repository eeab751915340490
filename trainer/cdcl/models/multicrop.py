"""Multi-crop: backbone and head as one module with one forward call for views of several sizes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from cdcl.models.packed import encode_packed
from cdcl.models.precision import at_least_float32


class MultiCrop(nn.Module):
    """Runs the backbone once a resolution and the head once over all views.

    One call is all that DistributedDataParallel ever sees of a step, as it must be for gradients to be synchronised.

    Parameters
    ----------
    backbone
        Maps (n, C, h, h) to features (n, D), at each size of view.
    head
        Maps features to outputs (n, K).
    """

    in_bf16: bool = False
    """Compute in bf16 where that is safe; outputs are float32 all the same."""
    passes: int = 1
    """Parts that the views of a resolution go through the backbone in; see `_encode`."""
    packed: bool = False
    """Take views of all sizes through the backbone together; see `models.packed`."""
    guides: nn.Module | None
    """Heads that read columns of the table from the features of the first resolution; see `methods.guides`."""

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.guides = None

    def forward(self, views: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Map views, (n_i, C, h_i, h_i) a resolution, to features (sum n_i, D) and head outputs (sum n_i, K)."""
        with torch.autocast(views[0].device.type, torch.bfloat16, enabled=self.in_bf16):
            if self.packed and len(views) > 1:
                features = torch.cat(encode_packed(self.backbone, views))
            else:
                features = torch.cat([part for view in views for part in self._encode(view)])
            if self.guides is not None:
                features, shown = self.guides.fork(features, len(views[0]))  # type: ignore[operator]
                # (sum n_i, D), and (n_0, D) a guide
            logits = self.head(features)  # (sum n_i, K) from (sum n_i, D)
        if self.guides is not None:
            self.guides(shown)
        return at_least_float32(features), at_least_float32(logits)

    def _encode(self, views: Tensor) -> list[Tensor]:
        """Give the features of views (n, C, h, h) in parts.

        With several passes the activations of one are in memory at a time: they are computed again when the gradient
        comes back. Head and loss see the whole batch, so that gradients are those of one pass, whatever the loss is
        (as in GradCache: Gao et al. 2021).
        """
        if self.passes == 1:
            return [self.backbone(views)]
        parts = views.chunk(self.passes)
        if not torch.is_grad_enabled():
            return [self.backbone(part) for part in parts]
        return [checkpoint(self.backbone, part, use_reentrant=False) for part in parts]
