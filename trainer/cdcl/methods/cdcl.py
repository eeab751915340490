"""CDCL: DINO across batches, with a decorrelation term and one centre a domain (Haslum et al., MIDL 2023)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cdcl.errors import ConfigError
from cdcl.methods.barlow import decorrelation, standardise
from cdcl.methods.cross_view import Pairs, cross_view_entropy, view_pairs
from cdcl.methods.dino import Dino
from cdcl.methods.method import StepOutput

if TYPE_CHECKING:
    from torch import Tensor

    from cdcl.config import CdclConfig
    from cdcl.data.batches import Batch


class Cdcl(Dino):
    """L = (1 - w) DINO / ln K + w Barlow, averaged over pairs of different views (Haslum et al. 2023).

    Each teacher logit is centred by its own domain's centre. That the second view is another batch's image of the same
    treatment is the pairing's doing, not the loss's. w is `barlow_weight`, 0 to 1; at 0 this is DINO, over ln K.
    """

    config: CdclConfig

    def compare(self, teacher: Tensor, student: Tensor, batch: Batch) -> StepOutput:
        """Turn centred, sharpened teacher logits (U, B, K) and student logits (V, B, K) into a loss.

        Returns
        -------
        StepOutput
            With parts `dino`, about 1 where nothing is learned yet, and `barlow`, 0 or more.
        """
        config, pairs = self.config, self._pairs(batch)
        entropy = cross_view_entropy(teacher.softmax(-1), student, pairs, config.student_temperature)
        # Over ln K, the entropy of uniform prototypes: about 1 until something is learned, whatever K, so that w weighs
        # two terms of like size.
        dino = entropy / math.log(config.prototypes)
        if config.barlow_weight == 0.0:
            return StepOutput(dino, {"dino": dino.detach()})
        barlow = self._barlow(teacher, student / config.student_temperature, pairs)
        loss = (1.0 - config.barlow_weight) * dino + config.barlow_weight * barlow
        return StepOutput(loss, {"dino": dino.detach(), "barlow": barlow.detach()})

    def _barlow(self, teacher: Tensor, student: Tensor, pairs: Pairs) -> Tensor:
        # Of the K logits, (t - c_d) / T_t and s / T_s, not of the features, as CDCL's published code has it.
        targets = [standardise(view) for view in teacher]  # U of (N, K), N = B over all processes
        answers = [standardise(view) for view in student]  # V of (N, K)
        terms = [decorrelation(targets[u], answers[v], self.config.barlow_lambda) for u, v in pairs]
        return sum(terms[1:], start=terms[0]) / len(terms)

    def _pairs(self, batch: Batch) -> Pairs:
        """Keep all pairs, or only those between an image and its partner."""
        pairs = view_pairs(batch.num_globals, batch.num_globals + batch.num_locals)
        if not self.config.only_cross_domain:
            return pairs
        partner = batch.from_partner
        crossing = tuple((u, v) for u, v in pairs if partner[u] != partner[v])
        if not crossing:
            raise ConfigError(
                "method.only_cross_domain keeps no pair of views: all are the anchor's. Set views.local_crops.count to "
                "1 or more, or pairing.partner_views = 'half'."
            )
        return crossing
