"""Networks that see one channel: one a channel, or one for all; profiles are concatenated (or averaged)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterable


class ChannelEncoders(nn.Module):
    """C encoders of one channel each, side by side (Cross-Zamirski et al. 2022).

    Parameters
    ----------
    encoders
        One a channel; each maps (n, 1, h, h) to (n, D).
    """

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


class SharedEncoder(nn.Module):
    """One encoder of one channel, applied to each channel in turn ("bag of channels").

    Attributes
    ----------
    num_channels
        C of the screen at hand; the network itself takes any.
    pooling
        "concat" gives (n, C * D), channel by channel; "mean" their average, (n, D).
    """

    def __init__(self, network: nn.Module, num_channels: int, pooling: str = "concat") -> None:
        super().__init__()
        self.network = network
        self.num_channels = num_channels
        self.pooling = pooling

    def forward(self, images: Tensor) -> Tensor:
        """Map (n, C, h, h) to features (n, C * D), or (n, D) where channels are averaged."""
        n, num_channels = images.shape[:2]
        # One pass over all channels: they are images of their own to the network.
        # (n, C, h, h) to (n * C, 1, h, h) to (n, C, D)
        features: Tensor = self.network(images.flatten(0, 1)[:, None]).reshape(n, num_channels, -1)
        return features.flatten(1) if self.pooling == "concat" else features.mean(1)

    def with_channels(self, num_channels: int) -> SharedEncoder:
        """Give this encoder, with the same network, for images of another number of channels."""
        return SharedEncoder(self.network, num_channels, self.pooling).train(self.training)

    @property
    def num_features(self) -> int:
        """Length of a profile: D of the network, times C where channels are concatenated."""
        width = int(self.network.num_features)  # type: ignore[arg-type]
        return width * self.num_channels if self.pooling == "concat" else width

    @property
    def num_prefix_tokens(self) -> int:
        """Tokens of the network before its patches."""
        return int(self.network.num_prefix_tokens)  # type: ignore[arg-type]

    @property
    def patch_embed(self) -> nn.Module | None:
        """The patches; none in a ResNet."""
        return getattr(self.network, "patch_embed", None)


def networks_of(encoder: nn.Module) -> list[nn.Module]:
    """List the networks that look at images: the encoder itself, or those inside it that see one channel each."""
    if isinstance(encoder, ChannelEncoders):
        return list(encoder.encoders)
    return [encoder.network] if isinstance(encoder, SharedEncoder) else [encoder]


def networks_by_channel(encoder: nn.Module) -> list[nn.Module]:
    """List, for encoders of single channels, the network of each channel; empty for one that sees them together."""
    if isinstance(encoder, ChannelEncoders):
        return list(encoder.encoders)
    return [encoder.network] * encoder.num_channels if isinstance(encoder, SharedEncoder) else []


def token_channels(encoder: nn.Module) -> int:
    """Count the channels whose patches stand one channel after the other among the tokens of one network; else 0."""
    return 0 if networks_by_channel(encoder) else int(getattr(encoder, "token_channels", 0))


def passes_of(encoder: nn.Module) -> int:
    """Count how often each weight sees a place of an image: once a channel where one network sees each of them."""
    return encoder.num_channels if isinstance(encoder, SharedEncoder) else max(1, token_channels(encoder))


def takes_any_channels(encoder: nn.Module) -> bool:
    """Tell whether an encoder's weights are for any number of channels; it then has `with_channels`."""
    return isinstance(encoder, SharedEncoder) or token_channels(encoder) > 0


def is_joined_by_channel(encoder: nn.Module) -> bool:
    """Tell whether features are those of one channel after the other."""
    if isinstance(encoder, SharedEncoder):
        return encoder.pooling == "concat"
    return isinstance(encoder, ChannelEncoders) or bool(getattr(encoder, "joined_by_channel", False))
