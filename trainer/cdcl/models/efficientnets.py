"""EfficientNets: what their files call layers, turned into timm's names, and which one a file is of.

Tan and Le 2019; the names with underscores are those of most PyTorch files that were converted from TensorFlow: blocks
are counted through, where timm counts them by stage.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from cdcl.errors import ModelError
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

FIRST = "_conv_stem.weight"
"""By which the names with underscores are recognised."""

_OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
_EXPANDING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_se_reduce": "se.conv_reduce",
    "_se_expand": "se.conv_expand",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_FIRST_STAGE = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_se_reduce": "se.conv_reduce",
    "_se_expand": "se.conv_expand",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
"""Blocks that do not widen first have a norm less, and timm then counts from their first."""

_LITES: dict[tuple[tuple[int, ...], int], str] = {
    ((1, 2, 2, 3, 3, 4, 1), 320): "tf_efficientnet_lite0",
    ((1, 3, 3, 4, 4, 5, 1), 320): "tf_efficientnet_lite1",
    ((1, 3, 3, 4, 4, 5, 1), 352): "tf_efficientnet_lite2",
    ((1, 3, 3, 5, 5, 6, 1), 384): "tf_efficientnet_lite3",
    ((1, 4, 4, 6, 6, 8, 1), 448): "tf_efficientnet_lite4",
}
"""By the blocks of each stage and the width of the last: of those without squeeze and excitation there is only one
kind. B0 to B7 exist twice, with paddings of TensorFlow and of PyTorch, which no shape tells."""


def with_timm_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give layers with underscores the names of timm; other names stay."""
    places = _places(tensors)
    return {_rename(name, places, tensors): value for name, value in tensors.items()}


def name_efficientnet(weights: Mapping[str, Tensor], where: str) -> str:
    """Tell which of timm's networks weights under timm's names are of.

    Raises
    ------
    ModelError
        If shapes do not tell it.
    """
    counts: dict[int, int] = {}
    for name in weights:
        if found := re.match(r"blocks\.(\d+)\.(\d+)\.", name):
            counts[int(found[1])] = max(counts.get(int(found[1]), 0), int(found[2]) + 1)
    stages = tuple(counts[stage] for stage in sorted(counts))
    head = weights.get("conv_head.weight")
    squeezed = any(".se." in name for name in weights)
    known = "" if squeezed or head is None else _LITES.get((stages, int(head.shape[1])), "")
    if not known:
        raise ModelError(
            f"{where} is an EfficientNet, whose padding no shape tells; say which of timm's with {option('as')}: "
            "tf_efficientnet_b0 to _b7 where it comes from TensorFlow, else efficientnet_b0 to _b7."
        )
    return known


def _places(tensors: Mapping[str, Tensor]) -> dict[int, tuple[int, int]]:
    """Give the stage of each block, and its number in there: a stage begins where the width of the output changes."""
    widths = {
        int(found[1]): int(value.shape[0])
        for name, value in tensors.items()
        if (found := re.match(r"_blocks\.(\d+)\._project_conv\.weight$", name))
    }
    numbers = sorted(widths)
    places = dict.fromkeys(numbers[:1], (0, 0))
    for before, number in pairwise(numbers):
        stage, within = places[before]
        places[number] = (stage, within + 1) if widths[number] == widths[before] else (stage + 1, 0)
    return places


def _rename(name: str, places: Mapping[int, tuple[int, int]], tensors: Mapping[str, Tensor]) -> str:
    first, _, rest = name.partition(".")
    if first != "_blocks":
        return f"{_OUTSIDE[first]}.{rest}" if first in _OUTSIDE else name
    number, layer, leaf = rest.split(".", 2)
    if int(number) not in places:
        return name
    stage, within = places[int(number)]
    names = _EXPANDING if f"_blocks.{number}._expand_conv.weight" in tensors else _FIRST_STAGE
    return f"blocks.{stage}.{within}.{names.get(layer, layer)}.{leaf}"
