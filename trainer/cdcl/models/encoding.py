"""Features of an encoder that is used, not trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn


@torch.inference_mode()
def encode(encoder: nn.Module, views: Tensor, *, in_bf16: bool) -> NDArray[np.float32]:
    """Map views (n, C, h, h) to features (n, D) on the processor."""
    with torch.autocast(views.device.type, torch.bfloat16, enabled=in_bf16):
        features: Tensor = encoder(views)
    encoded: NDArray[np.float32] = features.float().cpu().numpy()
    return encoded
