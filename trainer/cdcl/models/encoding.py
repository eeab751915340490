"""Features of an encoder that is used, not trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn


def encode(encoder: nn.Module, views: Tensor, *, in_bf16: bool) -> NDArray[np.float32]:
    """Map views to features, and bring these to the processor.

    Parameters
    ----------
    encoder
        In evaluation mode.
    views
        (n, C, h, h) on the encoder's device.
    in_bf16
        Whether it computes in bf16 where that is safe.

    Returns
    -------
    features
        (n, D) float32.
    """
    return fetch(launch(encoder, views, in_bf16=in_bf16))


@torch.inference_mode()
def launch(encoder: nn.Module, views: Tensor, *, in_bf16: bool) -> Tensor:
    """Map views (n, C, h, h) to features (n, D) on their device, without waiting for it."""
    with torch.autocast(views.device.type, torch.bfloat16, enabled=in_bf16):
        features: Tensor = encoder(views)
    return features


def fetch(features: Tensor) -> NDArray[np.float32]:
    """Wait for features and bring them to the processor."""
    fetched: NDArray[np.float32] = features.float().cpu().numpy()
    return fetched
