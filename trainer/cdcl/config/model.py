"""The backbone network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from cdcl.config.section import Fraction, Section


class ModelConfig(Section):
    """A Vision Transformer, ResNet or EfficientNet of timm for any number of channels."""

    backbone: str = Field(
        "vit_small_patch16_224",
        description="Name of a timm model: vit_*, deit*; without attention maps resnet*, efficientnet_*, "
        "tf_efficientnet_*.",
    )
    channels: Literal["together", "apart", "shared"] = Field(
        "together",
        description=(
            "'together': one network sees all channels; 'apart': one network a channel, profiles concatenated; "
            "'shared': one network sees each channel in turn, so that it takes any channels."
        ),
    )
    channel_pooling: Literal["concat", "mean"] = Field(
        "concat",
        description="With channels = 'shared', and for openphenom: join the channels' profiles, or average them.",
    )
    patch: int | None = Field(
        None, ge=1, le=10_000, description="Side of a patch in pixels, where it differs from the backbone's own."
    )
    width: int | None = Field(
        None, ge=8, le=2**16, description="Length of a token, where it differs from the backbone's own."
    )
    depth: int | None = Field(
        None, ge=1, le=1000, description="Number of blocks, where it differs from the backbone's own."
    )
    heads: int | None = Field(
        None, ge=1, le=2**16, description="Attention heads a block, where it differs from the backbone's own."
    )
    stem: Literal["patch", "conv"] = Field(
        "patch",
        description="'patch': one large kernel, as published; 'conv': small ones, which learn faster from little.",
    )
    pretrained: str = Field(
        "",
        description=(
            "'': from scratch; 'hub': timm's weights; else a path: a run, an exported model, a folder of Hugging "
            "Face's, or a .safetensors or .pth file in DINO's, DINOv2's or timm's layout."
        ),
    )
    inflation: Literal["mean", "tile", "map", "names"] = Field(
        "mean",
        description=(
            "RGB kernels for C channels: 'mean' x 3/C keeps the variance; 'tile' repeats R,G,B as CDCL did; "
            "'map' takes the colours that `channel_map` names; 'names' (chosen by itself where the weights say which "
            "channels they saw) gives each channel its own kernel and a new one their mean."
        ),
    )
    channel_map: tuple[int, ...] = Field(
        (), description="With inflation = 'map': a colour for each channel, 0 red, 1 green, 2 blue."
    )
    lora: int = Field(
        0,
        ge=0,
        description="Rank of adapters on the attention, which alone are then trained (LoRA); 0: none.",
    )
    drop_path: Fraction = Field(0.1, description="Stochastic depth of the student.")
    compile: Literal["auto", "on", "off"] = Field(
        "auto", description="torch.compile the backbone; 'auto': on CUDA, where it pays, not on a CPU."
    )
    pack: bool = Field(
        False,
        description="Take local and global views through the blocks together, for GPUs and small batches; the numbers "
        "stay the same. Not compiled, and not with micro_batch.",
    )
    checkpointing: bool = Field(
        False,
        description="Compute activations again for the gradient, block by block: a third slower, a fraction of the "
        "memory.",
    )

    @field_validator("compile", mode="before")
    @classmethod
    def _compile_was_a_switch(cls, value: object) -> object:
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else value
