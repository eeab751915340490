"""The optimiser and its schedules; durations are shares of the run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Fraction, NonNegative, Positive, Section


class OptimizerConfig(Section):
    """AdamW: linear warm-up, then cosine decay; no weight decay on biases and norms."""

    # Rates, weight decay and clipping are those of DINO's ViT-S (Caron et al. 2021); warm-up is 10 of its 100 epochs.
    lr: Positive = Field(5e-4, description="Peak learning rate.")
    lr_start: NonNegative = Field(0.0, description="Learning rate of the first warm-up step.")
    lr_end: NonNegative = Field(1e-6, description="Learning rate at the end.")
    scale_lr: bool = Field(
        False, description="Multiply lr and lr_start by (global batch size)/256; lr_end stays as it is (as DINO does)."
    )
    warmup: Fraction = Field(0.1, description="Share of the run in which the learning rate rises.")
    weight_decay: NonNegative = Field(0.04, description="Weight decay at the start.")
    weight_decay_end: NonNegative = Field(0.4, description="Weight decay at the end (cosine in between).")
    clip: NonNegative = Field(3.0, description="Greatest gradient norm; 0 switches clipping off.")
    clip_per: Literal["all", "tensor"] = Field(
        "all", description="Clip the norm of all gradients together, or of each tensor (as DINO did)."
    )
    trained_blocks: int = Field(
        -1, ge=-1, description="Train only the last blocks of the backbone; 0: only the head; -1: everything."
    )
    layer_decay: float = Field(
        1.0, gt=0.0, le=1.0, description="The learning rate falls by this factor a block, from the head to the pixels."
    )
    head_first: Fraction = Field(0.0, description="Share of the run in which the backbone waits for its new head.")
    head_ramp: Fraction = Field(0.1, description="... and the share in which its learning rate then rises.")
