"""DINO: the student matches the EMA teacher, centred and sharpened, across views (Caron et al., ICCV 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cdcl.methods.centres import Centres
from cdcl.methods.collapse import feature_diagnostics, prototype_diagnostics
from cdcl.methods.cross_view import cross_view_entropy, view_pairs
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput
from cdcl.methods.schedule import cosine, ramp
from cdcl.models.backbones import build_backbone
from cdcl.models.heads import DinoHead
from cdcl.models.multicrop import MultiCrop
from cdcl.models.teacher import follow, make_teacher

if TYPE_CHECKING:
    from cdcl.config import DinoConfig, ModelConfig
    from cdcl.data.batches import Batch


class Dino(Method):
    """Self-distillation with no labels.

    The teacher sees the global views, the student all of them. The teacher's logits are centred and sharpened:
    P = softmax((t - c) / T_t); the loss is H(P_u, softmax(s_v / T_s)) over all pairs of different views.

    Attributes
    ----------
    student, teacher
        Backbone and head each; the teacher is an EMA of the student.
    centres
        c: a single row here, one a domain in CDCL.

    Parameters
    ----------
    config
        Widths of the head, temperatures, and momenta of the centre and the teacher.
    model
        The backbone.
    facts
        Channels, size of the views, and how many training images each domain has.
    """

    def __init__(self, config: DinoConfig, model: ModelConfig, facts: ScreenInfo) -> None:
        super().__init__()
        self.config = config
        backbone = build_backbone(model, facts.num_channels, facts.image_size, drop_path=model.drop_path)
        self.student = MultiCrop(backbone, DinoHead(int(backbone.num_features), config))  # type: ignore[arg-type]
        self.teacher = make_teacher(self.student)
        self.centres = Centres(facts.domain_sizes, config.prototypes, config.centre_momentum)
        self.wrap_ddp(self.student)

    @property
    def encoder(self) -> nn.Module:
        """The teacher's backbone."""
        return self.teacher.backbone  # type: ignore[return-value]

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Returns
        -------
        StepOutput
            With part `dino`: ln K where the prototypes are uniform.
        """
        _features, student_logits = self.call(batch.views)  # logits (V * B, K), views first
        teacher_features, teacher_logits = self._teach(batch)  # (U * B, D) and (U, B, K)
        self._seen = teacher_logits
        # Subtracting the centre keeps one prototype from winning everywhere but pulls towards the uniform; a low
        # temperature does the opposite. Either alone collapses, together they balance (Caron et al. 2021).
        sharpened = self.centres(teacher_logits, batch.domains) / self._teacher_temperature(progress)
        outcome = self.compare(sharpened, student_logits.reshape(-1, len(batch), self.config.prototypes), batch)
        found = (
            {**prototype_diagnostics(sharpened.softmax(-1)), **feature_diagnostics(teacher_features)}
            if diagnostics
            else {}
        )
        return StepOutput(outcome.loss, outcome.parts, found)

    def compare(self, teacher: Tensor, student: Tensor, batch: Batch) -> StepOutput:
        """Turn logits into a loss; CDCL overrides this.

        Parameters
        ----------
        teacher
            (U, B, K), centred and sharpened: (t - c) / T_t.
        student
            (V, B, K), as they come from the head.
        batch
            Says which views are the partner's.
        """
        pairs = view_pairs(len(teacher), len(student))
        loss = cross_view_entropy(teacher.softmax(-1), student, pairs, self.config.student_temperature)
        return StepOutput(loss, {"dino": loss.detach()})

    def before_update(self, progress: Progress) -> None:
        """Leave the prototypes as they are for the first part of the run (`freeze_prototypes`, a share of it)."""
        if progress.fraction < self.config.freeze_prototypes:
            for parameter in self.student.head.prototypes.parameters():  # type: ignore[union-attr]
                parameter.grad = None  # no gradient, no weight decay, no momentum

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Move the centres by the teacher's logits of this step, and the teacher towards the student."""
        self.centres.update(self._seen, batch.domains)
        momentum = cosine(self.config.momentum, self.config.momentum_end, progress.fraction)
        follow(self.teacher, self.student, momentum, progress.applied)

    @torch.no_grad()
    def _teach(self, batch: Batch) -> tuple[Tensor, Tensor]:
        features, logits = self.teacher(batch.views[:1])  # global views alone: (U * B, D), (U * B, K)
        return features, logits.reshape(batch.num_globals, len(batch), -1)

    def _teacher_temperature(self, progress: Progress) -> float:
        config = self.config
        start, end = config.teacher_temperature_start, config.teacher_temperature
        return ramp(start, end, progress.fraction, config.teacher_temperature_warmup)
