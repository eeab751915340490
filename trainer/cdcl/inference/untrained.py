"""The network of a trained model as it was before training: a baseline that every run has to beat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from cdcl.models.backbones import build_backbone

if TYPE_CHECKING:
    from cdcl.inference.models import TrainedModel


def untrained(model: TrainedModel, seed: int = 0) -> TrainedModel:
    """Give the same model with weights drawn at random from `seed`; pretrained weights are not loaded."""
    config = model.config.model.model_copy(update={"pretrained": ""})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = build_backbone(config, len(model.channels), model.view_size)
    return replace(model, encoder=encoder.to(model.device).eval())
