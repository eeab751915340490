"""SimCLR: contrast; two views of one cell attract, others repel (Chen et al. 2020; on cells Perakis et al. 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods.averaged import AveragedEncoder
from cdcl.methods.collapse import feature_diagnostics
from cdcl.methods.method import Progress, ScreenInfo, StepOutput
from cdcl.models.backbones import build_backbone
from cdcl.models.collectives import gathered, process_rank

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, SimclrConfig
    from cdcl.data.batches import Batch


class Simclr(AveragedEncoder):
    """Contrasts the views of an image with those of all other images of the batch, whatever process they are in.

    Profiles are the backbone's features, not the projections; with `momentum` they come from an averaged backbone.

    Parameters
    ----------
    config
        Temperature, widths of the head, and what views of one label are to each other.
    model
        The backbone.
    facts
        Channels, size of the views, number of labels.

    Raises
    ------
    ConfigError
        If labels are to count and there are fewer than two.
    """

    def __init__(self, config: SimclrConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        if config.label_column and facts.num_labels < 2:
            raise ConfigError(
                f"method.label = '{config.label}' has fewer than two values in the training rows; set "
                "method.same_label = 'negatives'."
            )
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        width = int(backbone.num_features)  # type: ignore[arg-type]
        hidden = config.hidden or width
        head = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, config.projection))
        super().__init__(backbone, head)
        self.config: SimclrConfig = config

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Returns
        -------
        StepOutput
            With parts `nt_xent`, and `recognised`: the share of views whose nearest other view is a positive.

        Raises
        ------
        ConfigError
            If images have one view only.
        """
        num_views = batch.num_globals + batch.num_locals
        if num_views < 2:
            raise ConfigError("simclr compares views; set views.global_crops.count to 2 or more.")
        features, projections = self.call(batch.views)  # (V * B, D), (V * B, P), views first
        images, labels = batch.rows.repeat(num_views), batch.labels.repeat(num_views)
        if not self.config.label_column:
            labels = torch.full_like(labels, -1)
        allies, rivals = sort_out(images, labels, self.config.same_label)  # (V * B, V * B of all processes)
        loss, found = contrast(projections, allies, rivals, self.config.temperature)
        parts = {"nt_xent": loss.detach(), "recognised": found}
        return StepOutput(loss, parts, feature_diagnostics(features.detach()) if diagnostics else {})


def sort_out(images: Tensor, labels: Tensor, same_label: str) -> tuple[Tensor, Tensor]:
    """Say which views of all processes are positives (allies) and which negatives (rivals) of the views of this one.

    Views of one image are allies. Those of other images with the anchor's label are rivals ("negatives", as published),
    neither ("ignored"), or allies ("positives", supervised contrast: Khosla et al. 2020). A view is nothing to itself.

    Parameters
    ----------
    images, labels
        (n,) number of each view's image and label; a label of -1 is unknown and nobody's.

    Returns
    -------
    allies, rivals
        Two masks (n, all views).
    """
    kin = images[:, None] == gathered(images)  # (n, M), M views of all processes
    alike = (labels[:, None] == gathered(labels)) & (labels[:, None] >= 0)
    everyone = torch.arange(kin.shape[1], device=images.device)
    here = process_rank() * len(images) + everyone[: len(images)]  # `gathered` puts processes in order of rank
    itself = here[:, None] == everyone
    allies = ((kin | alike) if same_label == "positives" else kin) & ~itself
    rivals = ~(allies | itself | alike) if same_label == "ignored" else ~(allies | itself)
    return allies, rivals


def contrast(projections: Tensor, allies: Tensor, rivals: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Average -log(exp(s_ip / T) / sum_k exp(s_ik / T)) over the allies p of each view i, then over views.

    s is the cosine; k runs over allies and rivals. With one ally each it is NT-Xent (Chen et al. 2020, eq. 1); with
    several the supervised contrastive loss with the mean outside the logarithm (Khosla et al. 2020, eq. 2).

    Parameters
    ----------
    projections
        (n, P) of this process's views.
    allies, rivals
        (n, all views) as from `sort_out`.

    Returns
    -------
    loss, recognised
        The loss, and the share of views whose nearest other view is an ally, 0 to 1.
    """
    unit = F.normalize(projections, dim=-1)  # (n, P)
    logits = unit @ gathered(unit).T / temperature  # (n, M)
    logits = logits.masked_fill(~(allies | rivals), -torch.inf)
    surprise = logits.logsumexp(1, keepdim=True) - logits  # (n, M), -log of each view's share
    per_view = torch.where(allies, surprise, 0.0).sum(1) / allies.sum(1)  # (n,)
    nearest = logits.detach().argmax(1, keepdim=True)
    return per_view.mean(), allies.gather(1, nearest).float().mean()
