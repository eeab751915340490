"""Which precision a number deserves."""

from __future__ import annotations

import torch
from torch import Tensor


def at_least_float32(tensor: Tensor) -> Tensor:
    """Lift half precision to float32; float64, as in tests, stays."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
