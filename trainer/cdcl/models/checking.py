"""What can be known of a network before any pixel is read: whether it can be built, and whether it takes the views."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import torch

from cdcl.errors import CDCLError, ConfigError
from cdcl.models.backbones import build_backbone, patch_of
from cdcl.models.hub import hub_file
from cdcl.wording import option

if TYPE_CHECKING:
    from torch import nn

    from cdcl.config import ModelConfig, RunConfig


def check_network(config: RunConfig, num_channels: int) -> None:
    """Build the network without memory, show it an empty view of each size, and look for its pretrained weights.

    Raises
    ------
    ConfigError
        If timm cannot build it with these settings, or it does not take views of these sizes.
    ModelError
        If pretrained weights cannot be found, fetched or read.
    """
    model, sizes = config.model, _view_sizes(config)
    if model.pretrained == "hub":
        hub_file(model.backbone)  # from the cache, or fetched now: later there is nothing to wait for
    bare = model.model_copy(update={"pretrained": ""})
    try:
        try:
            network, shape = _try_out(bare, num_channels, sizes, "meta")
        except RuntimeError as error:
            if "meta tensors" not in str(error):
                raise
            # Older timm and torch ask tensors without memory for a number while they build; real ones answer.
            network, shape = _try_out(bare, num_channels, sizes, "cpu")
    except CDCLError:
        raise
    except Exception as error:  # whatever timm says of a network that it cannot build so
        raise ConfigError(
            f"{_in_words(config)} cannot be used: {_first_line(error)}; take another backbone."
        ) from error
    if shape != (2, int(network.num_features)):  # type: ignore[arg-type]
        raise ConfigError(f"{_in_words(config)} gives {shape[1:]} and no vector for a view; take another backbone.")
    if model.pretrained:
        build_backbone(model, num_channels, sizes[0])
        del network


def _try_out(model: ModelConfig, num_channels: int, sizes: list[int], device: str) -> tuple[nn.Module, tuple[int, ...]]:
    """Build the network on a device and show it empty views; gives it with the shape of its features."""
    if torch.__version__ < "2.7":
        # Loaded by the first network that is built; inside the `meta` context that import fails half-way.
        import_module("torch._dynamo")
    with torch.device(device), torch.no_grad():
        network = build_backbone(model, num_channels, sizes[0]).eval()
        _check_sizes(sizes, patch_of(network))
        for size in sizes:
            features = network(torch.zeros(2, num_channels, size, size))
    return network, tuple(features.shape)


def _view_sizes(config: RunConfig) -> list[int]:
    views = config.views
    return [views.global_crops.size] + ([views.local_crops.size] if views.local_crops.count else [])


def _check_sizes(sizes: list[int], patch: int) -> None:
    for kind, size in zip(("global", "local"), sizes, strict=False):
        if size % patch:
            below, above = max(1, size // patch) * patch, (size // patch + 1) * patch
            fitting = f"{below} is" if below == above else f"{below} or {above} are"
            raise ConfigError(
                f"{kind} views of {size} pixels are no multiple of the backbone's patch of {patch}; {fitting}: "
                f"{option('set')} views.{kind}_crops.size={above}."
            )


def _in_words(config: RunConfig) -> str:
    return f"model.backbone = '{config.model.backbone}'"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__
