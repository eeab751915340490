"""Pretrained weights, from timm's hub or a local file, fitted to other channels and image sizes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file

from cdcl.errors import ConfigError, ModelError
from cdcl.models.torchvision_shim import allow_torchvision

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cdcl.config import ModelConfig

FIRST_KERNELS = ("patch_embed.proj.weight", "conv1.weight", "conv1.0.weight")
"""What the layer that sees the channels is called in timm's Vision Transformers and ResNets."""


def load_pretrained(backbone: nn.Module, config: ModelConfig) -> None:
    """Fill a backbone with `config.pretrained`: inflate its first kernel, resize its positions.

    Raises
    ------
    ModelError
        If the weights cannot be had, or are another network's.
    """
    weights = _hub_weights(config) if config.pretrained == "hub" else _file_weights(Path(config.pretrained))
    weights = {name.removeprefix("backbone."): value for name, value in weights.items()}
    weights = {name: value for name, value in weights.items() if not name.startswith(("head", "fc."))}
    target = backbone.state_dict()
    first = next((name for name in FIRST_KERNELS if name in target), "")
    if first not in weights:
        raise ModelError(
            f"model.pretrained = {config.pretrained}: no '{first}' inside; it must hold a {config.backbone} of timm."
        )
    num_channels = target[first].shape[1]
    if config.inflation == "map" or weights[first].shape[1] != num_channels:
        weights[first] = inflate(weights[first], num_channels, config.inflation, config.channel_map)
    if "pos_embed" in target and "pos_embed" in weights:
        weights["pos_embed"] = _resize_positions(backbone, weights["pos_embed"])
    problems = [f"{n} {tuple(w.shape)}" for n, w in weights.items() if n not in target or target[n].shape != w.shape]
    problems += [f"{name} missing" for name in target if name not in weights]
    if problems:
        raise ModelError(
            f"model.pretrained = {config.pretrained} does not fit {config.backbone}: {', '.join(problems[:3])}; "
            "take the backbone these weights were made for."
        )
    backbone.load_state_dict(weights)


def inflate(kernel: Tensor, num_channels: int, how: str, channel_map: tuple[int, ...] = ()) -> Tensor:
    """Make a first kernel for RGB, (D, 3, p, p), one for C channels, (D, C, p, p).

    "mean": the mean over RGB for every channel, times 3/C, so that outputs keep their variance. "map": the colour that
    `channel_map` gives each channel (0 red, 1 green, 2 blue), times 3/C. "tile": R,G,B,R,G,... cut to C with no
    rescaling, as the code of CDCL did (outputs grow as C/3).

    Raises
    ------
    ConfigError
        If `channel_map` does not give each channel one of the kernel's colours.
    """
    num_colours = kernel.shape[1]
    if how == "tile":
        return kernel.repeat(1, -(-num_channels // num_colours), 1, 1)[:, :num_channels]
    if how == "map":
        if len(channel_map) != num_channels or not all(0 <= colour < num_colours for colour in channel_map):
            raise ConfigError(
                f"model.channel_map = {list(channel_map)} must give each of the {num_channels} channels a colour, "
                f"0 to {num_colours - 1}."
            )
        return kernel[:, list(channel_map)] * (num_colours / num_channels)
    mean = kernel.mean(1, keepdim=True) * (num_colours / num_channels)
    return mean.repeat(1, num_channels, 1, 1)


def _resize_positions(backbone: nn.Module, positions: Tensor) -> Tensor:
    from timm.layers.pos_embed import resample_abs_pos_embed

    wanted = backbone.patch_embed.grid_size  # type: ignore[union-attr]
    prefix = int(backbone.num_prefix_tokens)  # type: ignore[arg-type]
    resized: Tensor = resample_abs_pos_embed(positions, list(wanted), num_prefix_tokens=prefix)  # type: ignore[arg-type]
    return resized


def _hub_weights(config: ModelConfig) -> dict[str, Tensor]:
    allow_torchvision()
    import timm

    try:
        model: nn.Module = timm.create_model(config.backbone, pretrained=True, num_classes=0)
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"model.pretrained = hub: the weights of {config.backbone} could not be fetched ({type(error).__name__}); "
            "without a network give the path of a .safetensors file."
        ) from error
    return model.state_dict()


def _file_weights(path: Path) -> dict[str, Tensor]:
    if path.suffix != ".safetensors":
        raise ModelError(
            f"model.pretrained = {path}: only .safetensors files are read; others could run code when opened."
        )
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"model.pretrained = {path}: cannot be read as safetensors ({error}).") from error
