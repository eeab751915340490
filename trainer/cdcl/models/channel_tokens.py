"""OpenPhenom's network: a Vision Transformer that sees the patches of every channel side by side, however many."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from cdcl.models.parallel_block import ParallelBlock
from cdcl.models.torchvision_shim import import_timm

import_timm()
from timm.models.vision_transformer import VisionTransformer  # noqa: E402 (needs the line above)


class ChannelTokens(VisionTransformer):
    """A Vision Transformer of `ParallelBlock`s whose tokens are those of channel after channel behind a class token.

    One kernel and one set of positions serve all channels; in the blocks every patch attends to those of all channels.

    Parameters
    ----------
    num_channels
        C of the images; the weights are for any.
    pooling
        "concat" gives the mean over patches of each channel, joined, (n, C * D); "mean" their average, (n, D).
    settings
        Of timm's `VisionTransformer`.

    Attributes
    ----------
    token_channels
        C, whose patches stand one channel after the other among the tokens.
    """

    def __init__(self, num_channels: int, pooling: str, **settings: Any) -> None:
        super().__init__(
            in_chans=1, num_classes=0, global_pool="token", dynamic_img_size=True, block_fn=ParallelBlock,
            final_norm=False, **settings,
        )  # fmt: skip
        assert self.pos_embed is not None
        self.pos_embed.requires_grad_(False)  # sines and cosines, fixed in the published training too
        self.pooling = pooling
        self._set_channels(num_channels)

    def with_channels(self, num_channels: int) -> ChannelTokens:
        """Give this network, with the same weights, for images of another number of channels."""
        other = copy.copy(self)
        other._set_channels(num_channels)
        return other

    @property
    def joined_by_channel(self) -> bool:
        """Whether features are those of one channel after the other."""
        return self.pooling == "concat"

    def _set_channels(self, num_channels: int) -> None:
        self.token_channels = num_channels
        self.num_features = self.embed_dim * (num_channels if self.pooling == "concat" else 1)
        self.head_hidden_size = self.num_features

    def forward_features(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Map images (n, C, h, h) to tokens (n, 1 + C * patches, D).

        Raises
        ------
        ValueError
            If the images have another number of channels.
        """
        if x.shape[1] != self.token_channels:
            raise ValueError(f"images of {x.shape[1]} channels; the network was set to {self.token_channels}")
        # Each channel is embedded as an image of its own, (n * C, 1, h, h); `_pos_embed` brings them together.
        tokens: Tensor = super().forward_features(x.flatten(0, 1)[:, None], *args, **kwargs)
        return tokens

    def _pos_embed(self, x: Tensor) -> Tensor:
        apart = super()._pos_embed(x)  # (n * C, 1 + patches, D)
        tokens = apart.reshape(-1, self.token_channels, *apart.shape[1:])  # (n, C, 1 + patches, D)
        # The class token is the same for all channels: the first one's is kept.
        return torch.cat([tokens[:, 0, :1], tokens[:, :, 1:].flatten(1, 2)], dim=1)

    def summarise(self, tokens: Tensor) -> Tensor:
        """Map tokens (n, 1 + C * patches, D) to features: means over patches, without the class token."""
        apart = tokens[:, 1:].reshape(tokens.shape[0], self.token_channels, -1, tokens.shape[-1])  # (n, C, patches, D)
        means = apart.mean(2)  # (n, C, D)
        return means.flatten(1) if self.pooling == "concat" else means.mean(1)

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Map tokens to features."""
        return self.summarise(x)
