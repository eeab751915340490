"""One network a channel, side by side; profiles are concatenated (Cross-Zamirski et al. 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable


class ChannelEncoders(nn.Module):
    """C encoders of one channel each."""

    def __init__(self, encoders: Iterable[nn.Module]) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(encoders)

    def forward(self, images: Tensor) -> Tensor:
        """Map (n, C, h, h) to features (n, C * D), channel by channel."""
        return torch.cat([encoder(images[:, c : c + 1]) for c, encoder in enumerate(self.encoders)], dim=-1)

    @property
    def num_features(self) -> int:
        """Length of a profile, C * D."""
        lengths: list[int] = [int(encoder.num_features) for encoder in self.encoders]  # type: ignore[arg-type]
        return sum(lengths)

    @property
    def num_prefix_tokens(self) -> int:
        """Tokens of each network before its patches."""
        return int(self.encoders[0].num_prefix_tokens)  # type: ignore[arg-type]

    @property
    def patch_embed(self) -> nn.Module | None:
        """The patches, which are the same in each network; none in a ResNet."""
        return getattr(self.encoders[0], "patch_embed", None)
