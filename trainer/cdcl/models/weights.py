"""Pretrained weights, from a hub or from a file, fitted to other channels and image sizes."""

from __future__ import annotations

from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from cdcl.errors import ConfigError, ModelError
from cdcl.models.hub import hub_file
from cdcl.models.layouts import recognise
from cdcl.models.not_in_timm import kind_of
from cdcl.models.weight_files import find_weights, read_weights, tensors_of
from cdcl.models.weight_sources import heads_beside
from cdcl.wording import option

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cdcl.config import ModelConfig

FIRST_KERNELS = (
    *("patch_embed.proj.weight", "patch_embed.proj.0.0.weight", "conv1.weight", "conv1.0.weight"),
    "conv_stem.weight",
)
"""What the layer that sees the channels is called in timm's Vision Transformers (the second: with our stem of
convolutions), ResNets and EfficientNets."""

NEW = -1
"""In `channel_map`, with inflation = "names": a channel that the weights do not know."""


def load_pretrained(backbone: nn.Module, config: ModelConfig) -> None:
    """Fill a backbone with `config.pretrained`: rename its layers, inflate its first kernel, resize its positions.

    Parameters
    ----------
    backbone
        Changed in place.
    config
        `pretrained` is "hub", a file, a folder or a run; `inflation` says how the first kernel is made for other
        channels.

    Raises
    ------
    ModelError
        If the weights cannot be found or fetched, are no numbers, or are another network's: what does not fit is named,
        with its shape.
    """
    where = f"model.pretrained = {config.pretrained}"
    weights = recognise(_of_channel(pretrained_tensors(config), config), where).weights
    _check_numbers(weights, where)
    kind = kind_of(weights)
    if kind and kind != config.backbone:
        raise ModelError(
            f"{where} holds the network '{kind}', not {config.backbone}: {option('set')} model.backbone={kind}."
        )
    target = backbone.state_dict()
    first = first_kernel(target)
    if first not in weights:
        own = _settings_of(weights, config)
        raise ModelError(f"{where}: no '{first}' inside; it must hold a {config.backbone} of timm.{own}")
    weights[first] = _for_channels(weights[first], int(target[first].shape[1]), config)
    try:
        fit(backbone, weights, f"{where} does not fit {config.backbone}")
    except ModelError as error:
        raise ModelError(f"{error}{_settings_of(weights, config)}") from error


def _check_numbers(weights: dict[str, Tensor], where: str) -> None:
    """Refuse weights of a training that diverged: every profile would be NaN."""
    strange = [name for name, value in weights.items() if not torch.isfinite(value).all()]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise ModelError(f"{where}: {strange[0]}{more} hold NaN or infinite numbers; take an earlier checkpoint.")


def _settings_of(weights: dict[str, Tensor], config: ModelConfig) -> str:
    """Name the settings of the network that weights are of, as far as they differ; "" where no shape tells them."""
    from cdcl.models.architecture import read_architecture  # it needs this module

    try:
        heads = heads_beside(find_weights(Path(config.pretrained))) if config.pretrained != "hub" else None
        own = read_architecture(weights, "", heads).model
    except (ModelError, LookupError, ValueError):
        return ""
    asked = {name: getattr(own, name) for name in ("backbone", "stem", "patch", "width", "depth", "heads")}
    changed = {name: value for name, value in asked.items() if value not in (None, getattr(config, name))}
    told = " ".join(f"{option('set')} model.{name}={value}" for name, value in changed.items())
    return (
        f" Its own: {told}" + (" (heads of 64 numbers)." if "heads" in changed and heads is None else ".")
        if told
        else ""
    )


def pretrained_tensors(config: ModelConfig) -> dict[str, Tensor]:
    """Read the tensors that `config.pretrained` means, under their own names.

    Raises
    ------
    ModelError
        If they cannot be found or fetched.
    """
    file = hub_file(config.backbone) if config.pretrained == "hub" else find_weights(Path(config.pretrained))
    return tensors_of(read_weights(file))


def first_kernel(names: dict[str, Tensor]) -> str:
    """Name the layer that sees the channels; "" where there is none."""
    return next((name for name in FIRST_KERNELS if name in names), "")


def fit(backbone: nn.Module, weights: dict[str, Tensor], complaint: str) -> None:
    """Load weights under timm's names; positions are resized, and an error names what else does not fit.

    Parameters
    ----------
    backbone
        Changed in place.
    weights
        Tensors by timm's names.
    complaint
        How the error begins.

    Raises
    ------
    ModelError
        `complaint`, with the first names and shapes that differ.
    """
    target = backbone.state_dict()
    if "pos_embed" in target and "pos_embed" in weights:
        weights = weights | _positions(backbone, weights)
    strange = [_difference(name, value, target) for name, value in weights.items()]
    # Angles of rotary positions are computed, not learned; checkpoints keep them or not.
    missing = [name for name in target if name not in weights and not name.startswith("rope")]
    problems = [*filter(None, strange), *(f"{name} {tuple(target[name].shape)} is missing" for name in missing)]
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        named = ", ".join(problems[:3])
        raise ModelError(f"{complaint}: {named}{more}; take the backbone these weights were made for.")
    backbone.load_state_dict(weights, strict=False)


def inflate(kernel: Tensor, num_channels: int, how: str, channel_map: tuple[int, ...] = ()) -> Tensor:
    """Make a first kernel for RGB one for C channels.

    Parameters
    ----------
    kernel
        (D, 3, p, p).
    num_channels
        C.
    how
        "mean": the mean over RGB for every channel, times 3/C, so that outputs keep their variance; for one channel
        that is what the network makes of a grey image. "map": the colour that `channel_map` gives each channel, times
        3/C. "tile": R,G,B,R,G,... cut to C with no rescaling, as the code of CDCL did (outputs grow as C/3). "names":
        the kernel at the place that `channel_map` gives, as it is; for a new channel (-1) the mean.
    channel_map
        (C,) colours, 0 red, 1 green, 2 blue; with "names", channels of the kernel.

    Returns
    -------
    Tensor
        (D, C, p, p).

    Raises
    ------
    ConfigError
        If `channel_map` does not give each channel one of the kernel's colours.
    """
    num_colours = kernel.shape[1]
    if how == "names":
        mean = kernel.mean(1)
        return torch.stack([mean if place == NEW else kernel[:, place] for place in channel_map], dim=1)
    if how == "tile":
        return kernel.repeat(1, -(-num_channels // num_colours), 1, 1)[:, :num_channels]
    if how == "map":
        if len(channel_map) != num_channels or not all(0 <= colour < num_colours for colour in channel_map):
            raise ConfigError(
                f"model.channel_map = {list(channel_map)} must give each of the {num_channels} channels a colour, "
                f"0 to {num_colours - 1}."
            )
        return kernel[:, list(channel_map)] * (num_colours / num_channels)
    mean = kernel.mean(1, keepdim=True) * (num_colours / num_channels)  # (D, 1, p, p)
    return mean.repeat(1, num_channels, 1, 1)


def _for_channels(kernel: Tensor, num_channels: int, config: ModelConfig) -> Tensor:
    if kernel.shape[1] == num_channels == 1:
        return kernel
    named = config.inflation == "names" and len(config.channel_map) == num_channels
    if named or config.inflation == "map" or kernel.shape[1] != num_channels:
        return inflate(kernel, num_channels, config.inflation, config.channel_map)
    return kernel


def _of_channel(tensors: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Keep one channel's network, where the weights are of one network a channel."""
    if not any(name.startswith("encoders.0.") for name in tensors):
        return tensors
    if config.inflation != "names" or len(config.channel_map) != 1:
        raise ModelError(
            f"model.pretrained = {config.pretrained} holds one network a channel; set model.channels = 'apart', and "
            "keep weights.json, which names the channels, beside it."
        )
    own = f"encoders.{config.channel_map[0]}."
    kept = {name.removeprefix(own): value for name, value in tensors.items() if name.startswith(own)}
    if not kept:
        raise ModelError(
            f"model.pretrained = {config.pretrained} holds one network a channel, and none for a channel of this "
            "screen; rename channels that are the same, or take another start."
        )
    return kept


def _difference(name: str, value: Tensor, target: dict[str, Tensor]) -> str:
    """Say how a tensor differs from what the network has of that name; "" where it fits."""
    if name not in target:
        return f"{name} {tuple(value.shape)} is not in it"
    if target[name].shape != value.shape:
        return f"{name} {tuple(value.shape)} instead of {tuple(target[name].shape)}"
    return ""


def _positions(backbone: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Fit the position embedding: to the grid of patches, and to whether the class token has a position of its own.

    Where only the file gives the class token one, it is added to the token, which is the same sum.
    """
    from timm.layers.pos_embed import resample_abs_pos_embed

    positions, target = weights["pos_embed"], backbone.state_dict()["pos_embed"]
    if positions.ndim != 3 or positions.shape[-1] != target.shape[-1]:
        return {}
    wanted: tuple[int, int] = backbone.patch_embed.grid_size  # type: ignore[union-attr, assignment]
    num_own = target.shape[1] - wanted[0] * wanted[1]
    num_given = next((n for n in (0, 1) if isqrt(positions.shape[1] - n) ** 2 == positions.shape[1] - n), num_own)
    changed: dict[str, Tensor] = {}
    if num_given == 1 and num_own == 0:
        changed["cls_token"] = weights["cls_token"] + positions[:, :1]
        positions = positions[:, 1:]  # (1, patches, D)
    elif num_given == 0 and num_own == 1:
        positions = torch.cat([torch.zeros_like(positions[:, :1]), positions], dim=1)
    if positions.shape != target.shape:
        positions = resample_abs_pos_embed(positions, list(wanted), num_prefix_tokens=num_own)
    return {**changed, "pos_embed": positions}
