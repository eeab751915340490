"""Published networks that timm has not: how their files are told and named, and how they are built.

SubCell (Gupta et al. 2024) pools its tokens by gated attention; OpenPhenom (Kraus et al. 2024) has tokens of every
channel side by side. Both are timm's Vision Transformer otherwise, so that all else is under timm's names.
"""

from __future__ import annotations

import re
from math import isqrt
from typing import TYPE_CHECKING, Any

from cdcl.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from torch import Tensor, nn

    from cdcl.config import ModelConfig

SUBCELL, OPENPHENOM = "subcell", "openphenom"
"""Values of `model.backbone`."""

NOT_IN_TIMM = (SUBCELL, OPENPHENOM)

_MARKS = {SUBCELL: "gated_pool.score.weight", OPENPHENOM: "blocks.0.in_proj.weight"}
"""A layer that only this network has, by our name of it."""

_SIZES: dict[str, dict[str, int]] = {
    SUBCELL: {"patch_size": 16, "embed_dim": 768, "depth": 12, "num_heads": 12},
    OPENPHENOM: {"patch_size": 16, "embed_dim": 384, "depth": 12, "num_heads": 6},
}
"""As published: a ViT-B/16 and a ViT-S/16."""

_POOLING = re.compile(r"(?:^|\.)pool_model\.(attention_v|attention_u|attention)(?:\.\d+)?\.(weight|bias)$")
_POOLING_NAMES = {"attention_v": "value", "attention_u": "gate", "attention": "score"}


def kind_of(names: Collection[str]) -> str:
    """Tell which of these networks has layers of these names (timm's, and ours where it has none); "" for none."""
    return next((kind for kind, mark in _MARKS.items() if mark in names), "")


def is_pooling(name: str) -> bool:
    """Tell whether a published name is of SubCell's pooling."""
    return _POOLING.search(name) is not None


def pooling_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give SubCell's pooling among published tensors under our names; empty where there is none."""
    matches = ((_POOLING.search(name), value) for name, value in tensors.items())
    return {f"gated_pool.{_POOLING_NAMES[found[1]]}.{found[2]}": value for found, value in matches if found}


def of_one_channel(tensors: dict[str, Tensor], where: str) -> dict[str, Tensor]:
    """Keep, of OpenPhenom's positions, those of one channel: they are the same for each.

    Its last norm is left out: it is behind the mean over patches, and published features are that mean.

    Raises
    ------
    ModelError
        If the positions of channels differ.
    """
    kept = {name: value for name, value in tensors.items() if not name.startswith("fc_norm.")}
    positions = kept.get("pos_embed")
    if positions is None or positions.ndim != 3:
        return kept
    patches = positions[:, 1:]
    side = next((side for side in range(2, isqrt(patches.shape[1]) + 1) if _repeats(patches, side**2)), 0)
    if not side:
        raise ModelError(
            f"{where}: pos_embed {tuple(positions.shape)} is not that of a square of patches, repeated for each "
            "channel, as in OpenPhenom."
        )
    return {**kept, "pos_embed": positions[:, : 1 + side**2]}


def _repeats(patches: Tensor, period: int) -> bool:
    count = patches.shape[1]
    return count % period == 0 and bool((patches[:, period:] == patches[:, : count - period]).all())


def build_not_in_timm(config: ModelConfig, num_channels: int, image_size: int, drop_path: float) -> nn.Module:
    """Make one of these networks, with random weights.

    Raises
    ------
    ConfigError
        If settings ask what it has not.
    """
    if config.stem != "patch":
        raise ConfigError(f"model.stem = '{config.stem}' is for timm's Vision Transformers; 'patch' is theirs.")
    if config.pretrained == "hub":
        raise ConfigError(
            f"timm has no weights of {config.backbone}; give its file: model.pretrained = PATH (docs/models.md)."
        )
    given = {"patch_size": config.patch, "embed_dim": config.width, "depth": config.depth, "num_heads": config.heads}
    sizes = _SIZES[config.backbone] | {name: value for name, value in given.items() if value is not None}
    settings: dict[str, Any] = {**sizes, "img_size": image_size, "drop_path_rate": drop_path}
    # Imported late: both import timm.
    if config.backbone == SUBCELL:
        from cdcl.models.gated_pooling import GatedTransformer

        return GatedTransformer(in_chans=num_channels, **settings)
    from cdcl.models.channel_tokens import ChannelTokens

    return ChannelTokens(num_channels, config.channel_pooling, **settings)
