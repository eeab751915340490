"""Features from any block of a Vision Transformer: its class token, the mean of its patches, or both.

The last block's class token is what self-supervision trains; for many networks an earlier block, or the mean over
patches, tells treatments better apart (ViTally Consistent, 2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from cdcl.errors import ModelError
from cdcl.models.blocks import blocks_of
from cdcl.models.channelwise import ChannelEncoders, SharedEncoder

if TYPE_CHECKING:
    from typing import Any

TOKENS = ("cls", "patches", "both")


class TokenFeatures(nn.Module):
    """A Vision Transformer whose answer is taken from one block, after the network's last norm.

    Parameters
    ----------
    network
        A Vision Transformer of timm.
    block
        Number of the block, -1 for the last.
    token
        "cls" (or what the network itself makes of its tokens, where it has a pooling of its own), "patches" (their
        mean) or "both".

    Raises
    ------
    ModelError
        If the network has no such block, or none at all.
    """

    def __init__(self, network: nn.Module, block: int, token: str) -> None:
        super().__init__()
        blocks = blocks_of(network)
        if blocks is None or not -len(blocks) <= block < len(blocks):
            have = "none: it has no attention" if blocks is None else f"0 to {len(blocks) - 1}; -1 is the last"
            raise ModelError(f"embedding.block = {block}: the network's blocks are {have}.")
        self.network, self.block, self.token = network, block, token

    def forward(self, images: Tensor) -> Tensor:
        """Map (n, C, h, h) to features (n, D), or (n, 2 D) of both."""
        caught: list[Tensor] = []
        blocks = cast("nn.ModuleList", self.network.blocks)
        handle = blocks[self.block].register_forward_hook(lambda _, __, output: caught.append(output))
        try:
            self.network(images)
        finally:
            handle.remove()
        return self.pick(cast("nn.Module", self.network.norm)(caught[0]))

    def pick(self, tokens: Tensor) -> Tensor:
        """Choose among normed tokens (n, tokens, D)."""
        # (n, D) each; registers stand between the class token and the patches, and say nothing of a place.
        own = getattr(self.network, "summarise", None)
        first = tokens[:, 0] if own is None else own(tokens)
        patches = tokens[:, int(self.num_prefix_tokens) :].mean(1)
        return {"cls": first, "patches": patches, "both": torch.cat([first, patches], -1)}[self.token]

    @property
    def num_features(self) -> int:
        """Length of the features."""
        first, patches = int(self.network.num_features), int(self.network.embed_dim)  # type: ignore[arg-type]
        return {"cls": first, "patches": patches, "both": first + patches}[self.token]

    def with_channels(self, num_channels: int) -> TokenFeatures:
        """Give the same of a network that takes any channels, for images of another number of them."""
        network = self.network.with_channels(num_channels)  # type: ignore[operator]
        return TokenFeatures(network, self.block, self.token).train(self.training)

    @property
    def joined_by_channel(self) -> bool:
        """Whether features are those of one channel after the other."""
        return self.token == "cls" and bool(getattr(self.network, "joined_by_channel", False))

    def __getattr__(self, name: str) -> Any:
        """Give what attention asks of a network, its blocks and patches, from the one inside."""
        if name in ("blocks", "patch_embed", "num_prefix_tokens", "token_channels"):
            return getattr(super().__getattr__("network"), name)
        return super().__getattr__(name)


def features_of(encoder: nn.Module, block: int, token: str) -> nn.Module:
    """Make an encoder give its features from a block and its tokens.

    Parameters
    ----------
    encoder
        One network, or networks of one channel each.
    block
        Number of the block, -1 for the last.
    token
        "cls", "patches" (their mean) or "both".

    Returns
    -------
    Module
        The encoder itself for the last block's class token: that is what it gives anyway.
    """
    if (block, token) == (-1, "cls"):
        return encoder
    if isinstance(encoder, ChannelEncoders):
        return ChannelEncoders(TokenFeatures(network, block, token) for network in encoder.encoders)
    if isinstance(encoder, SharedEncoder):
        return SharedEncoder(TokenFeatures(encoder.network, block, token), encoder.num_channels, encoder.pooling)
    return TokenFeatures(encoder, block, token)
