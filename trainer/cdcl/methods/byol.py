"""BYOL: a predictor guesses the EMA teacher's projection of another view (Grill et al., NeurIPS 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.methods.collapse import feature_diagnostics
from cdcl.methods.cross_view import Pairs, view_pairs
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput
from cdcl.methods.schedule import cosine
from cdcl.models.backbones import build_backbone
from cdcl.models.heads import ByolHead
from cdcl.models.multicrop import MultiCrop
from cdcl.models.teacher import follow, make_teacher

if TYPE_CHECKING:
    from cdcl.config import ByolConfig, ModelConfig
    from cdcl.data.batches import Batch


class Byol(Method):
    """Bootstraps from its own past, with no negatives and no labels.

    The target (teacher) sees the global views and has no predictor; its BatchNorm statistics are averaged too.

    Parameters
    ----------
    config
        Widths of the heads, and the momentum of the target.
    model
        The backbone.
    facts
        Channels and size of the views.
    """

    def __init__(self, config: ByolConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        super().__init__()
        self.config = config
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        head = ByolHead(int(backbone.num_features), config)  # type: ignore[arg-type]
        self.student = MultiCrop(backbone, head)
        self.teacher = make_teacher(MultiCrop(backbone, head.projector))
        self.wrap_ddp(self.student)

    @property
    def encoder(self) -> nn.Module:
        """The target's backbone."""
        return self.teacher.backbone  # type: ignore[return-value]

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Returns
        -------
        StepOutput
            With part `byol`: 0 where all predictions are right, 4 a global view at most.
        """
        _features, predictions = self.call(batch.views)  # (V * B, P), views first
        with torch.no_grad():  # the stop-gradient: without it a constant is the best answer
            features, targets = self.teacher(batch.views[:1])  # (U * B, D), (U * B, P)
        pairs = view_pairs(batch.num_globals, batch.num_globals + batch.num_locals)
        loss = prediction_error(_by_view(targets, batch), _by_view(predictions, batch), pairs)
        return StepOutput(loss, {"byol": loss.detach()}, feature_diagnostics(features) if diagnostics else {})

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Move the target's backbone and projector towards the student's."""
        momentum = cosine(self.config.momentum, self.config.momentum_end, progress.fraction)
        follow(self.teacher.backbone, self.student.backbone, momentum, progress.applied)  # type: ignore[arg-type]
        projectors = (self.teacher.head, self.student.head.projector)  # type: ignore[union-attr]
        follow(*projectors, momentum, progress.applied)  # type: ignore[arg-type]


def prediction_error(targets: Tensor, predictions: Tensor, pairs: Pairs) -> Tensor:
    """Sum over the target's views u of the mean over v of ||q_v - z_u||^2 = 2 - 2 cos, averaged over images.

    For two views this is the published, symmetrised loss (Grill et al. 2020, eq. 2 and what follows).

    Parameters
    ----------
    targets
        (U, B, P), behind a stop-gradient.
    predictions
        (V, B, P).
    pairs
        Which (u, v) count.

    Returns
    -------
    Tensor
        A scalar, 0 (all predicted) to 4 U (all opposite).
    """
    targets, predictions = F.normalize(targets, dim=-1), F.normalize(predictions, dim=-1)
    cosines = torch.stack([(targets[u] * predictions[v]).sum(-1).mean() for u, v in pairs])  # (pairs,)
    return len(targets) * (2.0 - 2.0 * cosines.mean())


def _by_view(outputs: Tensor, batch: Batch) -> Tensor:
    return outputs.reshape(-1, len(batch), outputs.shape[-1])  # (V * B, P) to (V, B, P)
