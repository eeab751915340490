"""Vision Transformers, ResNets and EfficientNets of timm for any number of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cdcl.errors import ConfigError, unknown_name
from cdcl.models.channelwise import ChannelEncoders, SharedEncoder
from cdcl.models.lora import add_adapters
from cdcl.models.not_in_timm import NOT_IN_TIMM, build_not_in_timm
from cdcl.models.torchvision_shim import import_timm
from cdcl.models.view_normalisation import normalise_before
from cdcl.models.weights import load_pretrained

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, RunConfig

TRANSFORMERS = ("vit_*", "deit*")
RESNETS, EFFICIENTNETS = ("resnet*",), ("efficientnet_*", "tf_efficientnet_*")


def build_backbone(config: ModelConfig, num_channels: int, image_size: int, *, drop_path: float = 0.0) -> nn.Module:
    """Make a network that maps (n, C, h, h) to features (n, D).

    A Vision Transformer gives its CLS token and takes any h that patches divide; a ResNet or EfficientNet gives its
    pooled features. With `config.channels` = "apart" there is a network a channel, and features are concatenated,
    (n, C * D); with "shared" one network of one channel sees each in turn, and features are concatenated or averaged.

    Parameters
    ----------
    config
        The network's name in timm, its sizes, stem and weights.
    num_channels
        C.
    image_size
        h of the global views; positions are made for it, and other sizes interpolate them.
    drop_path
        Share of residual paths that are dropped in training, 0 to 1.

    Raises
    ------
    ConfigError
        If timm knows no such network, or patches do not divide the image.
    ModelError
        If pretrained weights cannot be read or do not fit.
    """
    if config.channels == "apart":
        return ChannelEncoders(
            _network(of_one_channel(config, channel), 1, image_size, drop_path) for channel in range(num_channels)
        )
    if config.channels == "shared":
        return SharedEncoder(_network(config, 1, image_size, drop_path), num_channels, config.channel_pooling)
    return _network(config, num_channels, image_size, drop_path)


def build_encoder(config: RunConfig, num_channels: int) -> nn.Module:
    """Make the network of a run as it is used after training.

    It is `build_backbone` without adapters, behind the normalisation of each view that the config asks for.

    Parameters
    ----------
    config
        Of the run.
    num_channels
        C of the screen.

    Returns
    -------
    Module
        Maps (n, C, h, h) to features.
    """
    merged = config.model.model_copy(update={"lora": 0})  # what leaves a run has none
    encoder = build_backbone(merged, num_channels, config.views.global_crops.size)
    normalise_before(encoder, config.intensities.per_view)
    return encoder


def of_one_channel(config: ModelConfig, channel: int) -> ModelConfig:
    """Give the settings of the network of one channel, where each has its own."""
    own = {"channel_map": config.channel_map[channel : channel + 1]} if config.inflation == "names" else {}
    return config.model_copy(update={"channels": "together", **own})


def _network(config: ModelConfig, num_channels: int, image_size: int, drop_path: float) -> nn.Module:
    """Make one network, with its pretrained weights where it has any."""
    backbone = _build(config, num_channels, image_size, drop_path)
    patch = patch_of(backbone)
    if image_size % patch:
        raise ConfigError(
            f"views of {image_size} pixels are no multiple of the backbone's patch of {patch}; "
            f"{image_size // patch * patch} or {(image_size // patch + 1) * patch} are."
        )
    if config.pretrained:
        load_pretrained(backbone, config)
    if config.lora:
        add_adapters(backbone, config.lora)
    return backbone


def patch_of(backbone: nn.Module) -> int:
    """Give the side of a patch in pixels of the network; 1 where there are none and views may have any size."""
    embed = getattr(backbone, "patch_embed", None)
    return 1 if embed is None else int(embed.patch_size[0])


def _build(config: ModelConfig, num_channels: int, image_size: int, drop_path: float) -> nn.Module:
    if config.backbone in NOT_IN_TIMM:
        _import_timm()
        return build_not_in_timm(config, num_channels, image_size, drop_path)
    timm = _import_timm()
    transformers, resnets, efficientnets = (
        [name for pattern in patterns for name in timm.list_models(pattern)]
        for patterns in (TRANSFORMERS, RESNETS, EFFICIENTNETS)
    )
    # "vit_small_patch8_224.dino": an architecture and, after the dot, whose weights the hub gives.
    architecture = config.backbone.split(".")[0]
    if architecture in (*resnets, *efficientnets):
        return _of_convolutions(timm, config, num_channels, drop_path)
    if architecture not in transformers:
        known = [*NOT_IN_TIMM, *transformers, *resnets, *efficientnets]
        raise ConfigError("model.backbone: " + unknown_name("network of timm", config.backbone, known)[:400])
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
    return backbone


def _of_convolutions(timm: Any, config: ModelConfig, num_channels: int, drop_path: float) -> nn.Module:
    given = [name for name in ("patch", "width", "depth", "heads") if getattr(config, name) is not None]
    if given or config.stem != "patch":
        raise ConfigError(
            f"model.{(given or ['stem'])[0]} is for Vision Transformers; leave it out for a ResNet or EfficientNet."
        )
    asked = {"in_chans": num_channels, "num_classes": 0, "drop_path_rate": drop_path}
    # In place of timm's own BatchNorm one that knows of other processes, and is the same where there are none.
    if not config.backbone.startswith("resnet"):
        from cdcl.models.batch_norm_act import join_batches

        efficientnet: nn.Module = timm.create_model(config.backbone, **asked)
        join_batches(efficientnet)
        return efficientnet
    from cdcl.models.batch_norm import BatchNorm2d

    resnet: nn.Module = timm.create_model(config.backbone, norm_layer=BatchNorm2d, **asked)
    return resnet


def _import_timm() -> Any:
    timm = import_timm()
    from timm.layers.config import set_fused_attn

    # Plain attention is 3-8 times faster than torch's fused kernel on a CPU in bf16, and equal in fp32.
    set_fused_attn(torch.cuda.is_available())
    return timm


def _shape(config: ModelConfig) -> dict[str, Any]:
    shape = {"patch_size": config.patch, "embed_dim": config.width, "depth": config.depth, "num_heads": config.heads}
    given: dict[str, Any] = {name: value for name, value in shape.items() if value is not None}
    if config.stem == "conv":
        if config.pretrained == "hub":
            raise ConfigError("the hub has no weights with model.stem = 'conv'; use 'patch', or a run's own weights.")
        from cdcl.models.stem import ConvStem

        given["embed_layer"] = ConvStem
    return given
