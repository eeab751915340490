"""Supervised: cross-entropy on a label column, the ceiling that labels buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods.collapse import feature_signs
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput
from cdcl.methods.schedule import cosine
from cdcl.models.backbones import build_backbone
from cdcl.models.multicrop import MultiCrop
from cdcl.models.teacher import follow, make_teacher

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, SupervisedConfig
    from cdcl.data.batches import Batch


class Supervised(Method):
    """Predicts the label of each view; profiles come from an averaged copy of the encoder, as in the other methods.

    Raises
    ------
    ConfigError
        If the label column has fewer than two values.
    """

    def __init__(self, config: SupervisedConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        super().__init__()
        if facts.num_labels < 2:
            raise ConfigError(f"method.label = '{config.label}' has fewer than two values in the training rows.")
        self.config = config
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(int(backbone.num_features), facts.num_labels))  # type: ignore[arg-type]
        self.student = MultiCrop(backbone, head)
        self.teacher = make_teacher(backbone)
        self.wrap_ddp(self.student)

    @property
    def encoder(self) -> nn.Module:
        """The averaged backbone."""
        return self.teacher

    def step(self, batch: Batch, progress: Progress, *, signs: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `signs`, the collapse signs too."""
        features, logits = self.call(batch.views)
        labels = batch.labels.repeat(len(logits) // len(batch))
        loss = F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=self.config.smoothing)
        parts = {"accuracy": _accuracy(logits, labels)}
        return StepOutput(loss, parts, feature_signs(features.detach()) if signs else {})

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Move the averaged encoder."""
        momentum = cosine(self.config.momentum, self.config.momentum_end, progress.fraction)
        follow(self.teacher, self.student.backbone, momentum)  # type: ignore[arg-type]


def _accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.detach().argmax(-1) == labels).float().mean()
