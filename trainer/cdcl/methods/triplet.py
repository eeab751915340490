"""Triplet network: images of one label near each other, others further (after Siegismund et al., MIDL 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods.averaged import AveragedEncoder
from cdcl.methods.collapse import feature_diagnostics
from cdcl.methods.method import Progress, ScreenInfo, StepOutput
from cdcl.methods.triplets import Samples, triplet_loss
from cdcl.models.backbones import build_backbone

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, TripletConfig
    from cdcl.data.batches import Batch

MOST_EMPTY_STEPS = 10
"""So many batches in a row without a triplet end the run."""


class Triplet(AveragedEncoder):
    """Learns distances from labels, such as the archetypes of confident images; the profile itself is the embedding.

    Only the global views are used. Profiles come from an averaged copy of the encoder, as in the other methods.

    Parameters
    ----------
    config
        The label column, the margin (of squared distances of unit vectors, which are 0 to 4) and momentum.
    model
        The backbone.
    facts
        Channels, size of the views, number of labels.

    Raises
    ------
    ConfigError
        If the label column has fewer than two values, or batches hold no triplets.
    """

    def __init__(self, config: TripletConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        if facts.num_labels < 2:
            raise ConfigError(f"method.label = '{config.label}' has fewer than two values in the training rows.")
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        super().__init__(backbone, nn.Identity())
        self.config: TripletConfig = config
        self._empty_steps = 0

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Returns
        -------
        StepOutput
            With part `semi_hard`, the share of triplets that the loss averages; 0 where the batch has none, which
            then is `empty`.
        """
        features, _same = self.call(batch.views[:1])  # (U * B, D)
        # Of unit length, so that the margin means the same at any scale of the features.
        samples = Samples(F.normalize(features, dim=-1), *_known(batch)).gathered()
        loss, semi_hard = triplet_loss(samples, self.config.margin)
        parts = {"semi_hard": semi_hard.nan_to_num()}
        found = feature_diagnostics(features.detach()) if diagnostics else {}
        return StepOutput(loss, parts, found, empty=semi_hard.isnan())

    def notice(self, *, empty: bool) -> None:
        """Count batches in a row without a triplet.

        Raises
        ------
        ConfigError
            If there were ten.
        """
        self._empty_steps = self._empty_steps + 1 if empty else 0
        if self._empty_steps == MOST_EMPTY_STEPS:
            raise ConfigError(
                f"{MOST_EMPTY_STEPS} batches in a row held no two labels of '{self.config.label}', so no triplet; set "
                "sampler = 'balanced' with batch_size at least twice per_group, or a larger batch_size."
            )


def _known(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Give label, domain and image of each global view, (globals * B,) each."""
    num = batch.num_globals
    labels = batch.labels.repeat(num) if batch.view_labels is None else batch.view_labels.flatten()
    return labels, batch.domains.flatten(), batch.rows.repeat(num)
