"""Vision Transformers of timm for any number of channels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from cdcl.errors import ConfigError, ModelError, unknown_name
from cdcl.models.torchvision_shim import allow_torchvision

if TYPE_CHECKING:
    from cdcl.config import ModelConfig

PATCH_KERNEL = "patch_embed.proj.weight"


def build_backbone(config: ModelConfig, num_channels: int, image_size: int, *, drop_path: float = 0.0) -> nn.Module:
    """Make a Vision Transformer that maps (n, C, h, h) to its CLS token (n, D), for any h that patches divide.

    Raises
    ------
    ConfigError
        If timm knows no such Vision Transformer, or patches do not divide the image.
    ModelError
        If pretrained weights cannot be read or do not fit.
    """
    timm = _import_timm()
    known = timm.list_models("vit_*") + timm.list_models("deit*")
    if config.backbone not in known:
        raise ConfigError("model.backbone: " + unknown_name("Vision Transformer of timm", config.backbone, known)[:400])
    backbone: nn.Module = timm.create_model(
        config.backbone,
        in_chans=num_channels,
        img_size=image_size,
        num_classes=0,
        global_pool="token",
        dynamic_img_size=True,
        drop_path_rate=drop_path,
        **_shape(config),
    )
    patch = backbone.patch_embed.patch_size[0]  # type: ignore[union-attr,index]
    if image_size % int(patch):
        raise ConfigError(
            f"views of {image_size} pixels are no multiple of the backbone's patch of {patch}; change either."
        )
    if config.pretrained:
        _load_pretrained(backbone, config)
    return backbone


def inflate(kernel: Tensor, num_channels: int, how: str) -> Tensor:
    """Make an RGB patch kernel (D, 3, p, p) one for C channels (D, C, p, p).

    "mean": the mean over RGB for every channel, times 3/C, so that outputs keep their variance. "tile": R,G,B,R,G,...
    cut to C with no rescaling, as the code of CDCL did (outputs grow as C/3).
    """
    if how == "tile":
        return kernel.repeat(1, -(-num_channels // kernel.shape[1]), 1, 1)[:, :num_channels]
    mean = kernel.mean(1, keepdim=True) * (kernel.shape[1] / num_channels)
    return mean.repeat(1, num_channels, 1, 1)


def _import_timm() -> Any:
    allow_torchvision()
    import timm
    from timm.layers.config import set_fused_attn

    # Plain attention is 3-8 times faster than torch's fused kernel on a CPU in bf16, and equal in fp32.
    set_fused_attn(torch.cuda.is_available())
    return timm


def _shape(config: ModelConfig) -> dict[str, Any]:
    shape = {"patch_size": config.patch, "embed_dim": config.width, "depth": config.depth, "num_heads": config.heads}
    given: dict[str, Any] = {name: value for name, value in shape.items() if value is not None}
    if config.stem == "conv":
        if config.pretrained:
            raise ConfigError("model.stem = 'conv' has no pretrained weights; use 'patch', or model.pretrained = ''.")
        from cdcl.models.stem import ConvStem

        given["embed_layer"] = ConvStem
    return given


def _load_pretrained(backbone: nn.Module, config: ModelConfig) -> None:
    weights = _hub_weights(config) if config.pretrained == "hub" else _file_weights(Path(config.pretrained))
    weights = {name.removeprefix("backbone."): value for name, value in weights.items() if not name.startswith("head")}
    if PATCH_KERNEL not in weights:
        raise ModelError(
            f"model.pretrained = {config.pretrained}: no '{PATCH_KERNEL}' inside; it must hold a ViT of timm."
        )
    target = backbone.state_dict()
    if weights[PATCH_KERNEL].shape[1] != target[PATCH_KERNEL].shape[1]:
        weights[PATCH_KERNEL] = inflate(weights[PATCH_KERNEL], target[PATCH_KERNEL].shape[1], config.inflation)
    weights["pos_embed"] = _resize_positions(backbone, weights["pos_embed"])
    problems = [f"{n} {tuple(w.shape)}" for n, w in weights.items() if n not in target or target[n].shape != w.shape]
    problems += [f"{name} missing" for name in target if name not in weights]
    if problems:
        raise ModelError(
            f"model.pretrained = {config.pretrained} does not fit {config.backbone}: {', '.join(problems[:3])}; "
            "take the backbone these weights were made for."
        )
    backbone.load_state_dict(weights)


def _resize_positions(backbone: nn.Module, positions: Tensor) -> Tensor:
    from timm.layers.pos_embed import resample_abs_pos_embed

    wanted = backbone.patch_embed.grid_size  # type: ignore[union-attr]
    prefix = int(backbone.num_prefix_tokens)  # type: ignore[arg-type]
    resized: Tensor = resample_abs_pos_embed(positions, list(wanted), num_prefix_tokens=prefix)  # type: ignore[arg-type]
    return resized


def _hub_weights(config: ModelConfig) -> dict[str, Tensor]:
    try:
        model: nn.Module = _import_timm().create_model(config.backbone, pretrained=True, num_classes=0)
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
