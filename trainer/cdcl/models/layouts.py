"""What public checkpoints call the layers of a network, turned into timm's names.

Known are DINO's of 2021 (`module.`, `backbone.`, `teacher`), DINOv2's (chunks of blocks, LayerScale, registers),
DINOv3's, timm's Vision Transformers, Eva, ResNets and EfficientNets, those of Hugging Face's `transformers` (ViT,
ViTMAE and Dinov2), EfficientNets that were converted from TensorFlow, SubCell's and OpenPhenom's. A layout is
recognised from the names alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

from cdcl.errors import ModelError
from cdcl.models import efficientnets
from cdcl.models.not_in_timm import OPENPHENOM, SUBCELL, is_pooling, kind_of, of_one_channel, pooling_of

_ANCHORS = (
    "patch_embed.proj.weight",
    "patch_embed.proj.0.0.weight",  # the stem of small convolutions
    "embeddings.patch_embeddings.projection.weight",
    "conv1.weight",
    "conv1.0.weight",
    "conv_stem.weight",
    efficientnets.FIRST,
)
"""The first layer of an encoder; what stands before it is a prefix of all its names."""

_HEADS = re.compile(
    r"^(head|heads|_?fc|classifier|pooler|head_dist|dino_head|ibot_head|decoder|lm_head|local_cls_norm)\b"
)
"""Parts behind the encoder: profiles need none of them."""

_TRAINING_ONLY = re.compile(r"(^|\.)(mask_token|periods|bias_mask|relative_position_index)$|^rope_embed\.|^rope\.")
"""Masked tokens are drawn in training alone; rotary angles follow from the size of the image."""

_BLOCK = r"^(?:encoder\.layer|layers)\.(\d+)\."
"""Before the layers of a block: in files of `transformers`; and in its memory since 5, where a ViT has no encoder."""

_HUGGING_FACE = (
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.(mask_token)$", r"\1"),
    (r"^embeddings\.register_tokens$", "register_tokens"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (_BLOCK + r"attention\.(?:output\.dense|o_proj)\.", r"blocks.\1.attn.proj."),
    (_BLOCK + r"attention\.attention\.(query|key|value)\.", r"blocks.\1.attn.\2."),
    *((_BLOCK + rf"attention\.{name[0]}_proj\.", rf"blocks.\1.attn.{name}.") for name in ("query", "key", "value")),
    (_BLOCK + r"intermediate\.dense\.", r"blocks.\1.mlp.fc1."),
    (_BLOCK + r"output\.dense\.", r"blocks.\1.mlp.fc2."),
    (_BLOCK + r"layernorm_before\.", r"blocks.\1.norm1."),
    (_BLOCK + r"layernorm_after\.", r"blocks.\1.norm2."),
    (_BLOCK + r"layer_scale(\d)\.lambda1$", r"blocks.\1.ls\2.gamma"),
    (_BLOCK + r"mlp\.weights_in\.", r"blocks.\1.mlp.w12."),
    (_BLOCK + r"mlp\.weights_out\.", r"blocks.\1.mlp.w3."),
    (_BLOCK, r"blocks.\1."),
    (r"^layernorm\.", "norm."),
)
"""Names of `transformers` (ViT, ViTMAE, Dinov2), in files and in memory, and what they are in timm; the first that fits
holds."""

_META = (
    (r"^blocks\.\d+\.(\d+)\.", r"blocks.\1."),  # a chunk, and the block's number in the whole network
    (r"\.mlp\.w12\.", ".mlp.fc1."),
    (r"\.mlp\.w3\.", ".mlp.fc2."),
    (r"^register_tokens$|^storage_tokens$", "reg_token"),
)


@dataclass(frozen=True)
class Recognised:
    """An encoder's weights under timm's names.

    Attributes
    ----------
    layout
        In words, to be shown.
    weights
        Tensors by timm's name, without heads.
    left_out
        First words of the names that are no part of the encoder, such as "head".
    """

    layout: str
    weights: dict[str, Tensor]
    left_out: tuple[str, ...]


def recognise(tensors: Mapping[str, Tensor], where: str) -> Recognised:
    """Find the encoder among named tensors and give its layers timm's names.

    Of a student and a teacher the teacher is taken, as the papers do.

    Raises
    ------
    ModelError
        If no layer has the name of a network's first one, or positions of channels differ where they must not.
    """
    prefix = _prefix(tensors, where)
    inside = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    apart = [name for name in tensors if not name.startswith(prefix) and not is_pooling(name)]
    kept = {name: value for name, value in inside.items() if not _HEADS.match(name)} | pooling_of(tensors)
    weights = _renamed(kept)
    if kind_of(kept) == OPENPHENOM:
        weights = of_one_channel(weights, where)
        kept = {name: value for name, value in kept.items() if not name.startswith("fc_norm.")}
    outside = {_first_word(_after(prefix, name)) for name in apart}
    outside |= {_first_word(name) for name in inside.keys() - kept.keys()}
    return Recognised(_layout(kept), weights, tuple(sorted(outside)))


def _prefix(tensors: Mapping[str, Tensor], where: str) -> str:
    found = [name.removesuffix(anchor) for anchor in _ANCHORS for name in tensors if name.endswith(anchor)]
    found = [prefix for prefix in found if not prefix or prefix.endswith(".")]
    if not found:
        seen = ", ".join(sorted({_first_word(name) for name in tensors})[:4]) or "nothing"
        raise ModelError(
            f"{where} holds no Vision Transformer, ResNet or EfficientNet in a known layout: no '{_ANCHORS[0]}' inside "
            f"(there are: {seen})."
        )
    # A teacher stands before a student, and the whole before its parts.
    return min(found, key=lambda prefix: ("teacher" not in prefix, len(prefix), prefix))


def _layout(tensors: Mapping[str, Tensor]) -> str:
    names = tensors.keys()
    if kind := kind_of(names):
        return {SUBCELL: "SubCell", OPENPHENOM: "OpenPhenom"}[kind]
    if "embeddings.patch_embeddings.projection.weight" in names:
        scaled = any(".layer_scale1." in name for name in names)
        return "Hugging Face Dinov2" if scaled else "Hugging Face ViT or ViTMAE"
    if "conv1.weight" in names or "conv1.0.weight" in names:
        return "ResNet"
    if efficientnets.FIRST in names or "conv_stem.weight" in names:
        return "EfficientNet" + (" converted from TensorFlow" if efficientnets.FIRST in names else "")
    if "patch_embed.proj.0.0.weight" in names:
        return "cdcl with a stem of convolutions"
    if "storage_tokens" in names:
        return "DINOv3"
    chunked = any(re.match(r"^blocks\.\d+\.\d+\.", name) for name in names)
    if chunked or "mask_token" in names or "register_tokens" in names:
        return "DINOv2" + (" in chunks of blocks" if chunked else "")
    if any(name.endswith(("gamma_1", "attn.q_bias", "attn.q_proj.weight")) for name in names):
        return "timm Eva"
    return "timm ViT or DINO"


def _renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if efficientnets.FIRST in tensors:
        return efficientnets.with_timm_names(tensors)
    names = {name: _rename(name, _HUGGING_FACE, first=True) for name in tensors}
    renamed = {_rename(new, _META, first=False): tensors[old] for old, new in names.items()}
    renamed = {name: value for name, value in renamed.items() if not _TRAINING_ONLY.search(name)}
    renamed = _joined(renamed)
    return _as_eva(renamed) if "storage_tokens" in tensors else renamed


def _rename(name: str, rules: tuple[tuple[str, str], ...], *, first: bool) -> str:
    for pattern, new in rules:
        changed = re.sub(pattern, new, name)
        if changed != name and first:
            return changed
        name = changed
    return name


def _joined(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Put queries, keys and values, which `transformers` keeps apart, into the one matrix of timm."""
    joined = {name: value for name, value in tensors.items() if not re.search(r"attn\.(query|key|value)\.", name)}
    for name in tensors:
        if ".attn.query." in name:
            parts = [tensors[name.replace(".query.", f".{part}.")] for part in ("query", "key", "value")]
            joined[name.replace(".query.", ".qkv.")] = torch.cat(parts)
    return joined


def _as_eva(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name DINOv3's scales as timm's Eva does, and leave out the bias of keys, which is fixed at 0."""
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        scaled = re.sub(r"\.ls([12])\.gamma$", r".gamma_\1", name)
        if not name.endswith("attn.qkv.bias"):
            renamed[scaled] = value
        elif value.any():
            query, _, content = value.chunk(3)
            renamed[name.replace("qkv.bias", "q_bias")] = query
            renamed[name.replace("qkv.bias", "v_bias")] = content
    return renamed


def _after(prefix: str, name: str) -> str:
    """Drop the words that a name has in common with a prefix."""
    for word in prefix.split("."):
        if not word or not name.startswith(f"{word}."):
            break
        name = name.removeprefix(f"{word}.")
    return name


def _first_word(name: str) -> str:
    return name.split(".")[0]
