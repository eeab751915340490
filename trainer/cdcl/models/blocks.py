"""The blocks of a Vision Transformer, and only of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from torch import nn


def blocks_of(network: nn.Module) -> nn.ModuleList | None:
    """Give the blocks of attention of a network of timm; None for one of convolutions, whatever it calls its stages."""
    if getattr(network, "patch_embed", None) is None:
        return None
    return cast("nn.ModuleList | None", getattr(network, "blocks", None))
