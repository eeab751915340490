"""Methods without a teacher: profiles come from an EMA (exponential moving average) of the backbone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from cdcl.methods.method import Method, Progress
from cdcl.methods.schedule import cosine
from cdcl.models.multicrop import MultiCrop
from cdcl.models.teacher import follow, make_teacher

if TYPE_CHECKING:
    from torch import nn

    from cdcl.data.batches import Batch


class Momentum(Protocol):
    """The part of a method's settings that the moving average needs: m at the first and at the last step."""

    @property
    def momentum(self) -> float:
        """Decay m of the average at the first step, 0 .. 1."""

    @property
    def momentum_end(self) -> float:
        """Decay m at the last step; a cosine leads from one to the other."""


class AveragedEncoder(Method):
    """A student of backbone and head, and an EMA copy of its backbone that makes the profiles.

    Averaged weights generalise better than the last ones and make methods comparable: DINO and BYOL are judged by their
    EMA teacher, so supervised, triplet and SimCLR networks are too.

    Parameters
    ----------
    backbone
        Maps (n, C, h, h) to features (n, D).
    head
        Maps features to what the loss wants.
    """

    config: Momentum

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.student = MultiCrop(backbone, head)
        self.teacher = make_teacher(backbone)
        self.wrap_ddp(self.student)

    @property
    def encoder(self) -> nn.Module:
        """The averaged backbone."""
        return self.teacher

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Move the averaged backbone: t <- m t + (1 - m) s."""
        momentum = cosine(self.config.momentum, self.config.momentum_end, progress.fraction)
        follow(self.teacher, self.student.backbone, momentum, progress.applied)  # type: ignore[arg-type]
