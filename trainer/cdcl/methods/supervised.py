"""Supervised: cross-entropy on a label column, the ceiling that labels buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods.averaged import AveragedEncoder
from cdcl.methods.collapse import feature_diagnostics
from cdcl.methods.method import Progress, ScreenInfo, StepOutput
from cdcl.models.backbones import build_backbone

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, SupervisedConfig
    from cdcl.data.batches import Batch


class Supervised(AveragedEncoder):
    """Predicts the label of each view; profiles come from an averaged copy of the encoder, as in the other methods.

    Parameters
    ----------
    config
        The label column, smoothing, dropout and momentum.
    model
        The backbone.
    facts
        Channels, size of the views, number of labels.

    Raises
    ------
    ConfigError
        If the label column has fewer than two values.
    """

    def __init__(self, config: SupervisedConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        if facts.num_labels < 2:
            raise ConfigError(f"method.label = '{config.label}' has fewer than two values in the training rows.")
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(int(backbone.num_features), facts.num_labels))  # type: ignore[arg-type]
        super().__init__(backbone, head)
        self.config: SupervisedConfig = config

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Returns
        -------
        StepOutput
            With part `accuracy`, the share of views whose label is named right; views without a label count as wrong,
            but not in the loss.
        """
        features, logits = self.call(batch.views)  # (V * B, D), (V * B, labels), views first
        labels = batch.labels.repeat(len(logits) // len(batch))  # (V * B,)
        loss = F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=self.config.smoothing)
        parts = {"accuracy": _accuracy(logits, labels)}
        return StepOutput(loss, parts, feature_diagnostics(features.detach()) if diagnostics else {})


def _accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.detach().argmax(-1) == labels).float().mean()
