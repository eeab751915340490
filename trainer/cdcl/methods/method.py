"""What a method is: it turns the views of a batch into a loss, and says which encoder makes the profiles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

from cdcl.models.teacher import keep_still

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.data.batches import Batch


@dataclass(frozen=True, slots=True)
class Progress:
    """Where in the run a step stands.

    Attributes
    ----------
    step
        Counted from 0.
    num_steps
        Of the whole run.
    applied
        After the update: whether it was applied, a bool scalar that is still on the device; None: surely.
    """

    step: int
    num_steps: int
    applied: Tensor | None = None

    @property
    def fraction(self) -> float:
        """0 at the first step, 1 at the last."""
        return self.step / max(self.num_steps - 1, 1)


@dataclass(frozen=True, slots=True)
class ScreenInfo:
    """What a method must know of the screen to be built.

    Attributes
    ----------
    num_channels
        C.
    image_size
        Side of a global view in pixels.
    num_labels
        Values of the method's label column among the training rows.
    domain_sizes
        Training images of each domain.
    guide_sizes
        Values of each guide's column; 0 for a column of numbers.
    """

    num_channels: int
    image_size: int
    num_labels: int
    domain_sizes: tuple[int, ...]
    guide_sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StepOutput:
    """The result of a step.

    Attributes
    ----------
    loss
        A scalar with a gradient.
    parts
        Terms of the loss and the like, detached scalars for the log.
    diagnostics
        Whether a representation collapses, detached: scalars, and as `effective_rank` matrices (..., n, D), which that
        function of `cdcl.methods.collapse` sums up. They cost a little and are only there when asked for.
    empty
        Whether the batch held nothing to learn from, a bool scalar on the device; None: never.
    """

    loss: Tensor
    parts: dict[str, Tensor] = field(default_factory=dict)
    diagnostics: dict[str, Tensor] = field(default_factory=dict)
    empty: Tensor | None = None


class Method(nn.Module, ABC):
    """A student that is trained, an encoder that is used, and a loss between views.

    Attributes
    ----------
    student
        What is trained; backbone and head.
    teacher
        What follows without gradients, if there is one.
    """

    student: nn.Module
    teacher: nn.Module
    call: Callable[[tuple[Tensor, ...]], tuple[Tensor, Tensor]]
    """The student, or its DistributedDataParallel wrapper: the only way a loss may run it."""

    def wrap_ddp(self, call: Callable[[tuple[Tensor, ...]], tuple[Tensor, Tensor]]) -> None:
        """Run the student through `call`. Stored apart, so that the wrapper's names do not enter checkpoints.

        Parameters
        ----------
        call
            The student, or its wrapper: maps views, a tensor a resolution, to features and outputs of the head.
        """
        object.__setattr__(self, "call", call)

    def distribute(self, wrap: Callable[[nn.Module], nn.Module]) -> None:
        """Call the student through `wrap(student)` from now on, such as DistributedDataParallel."""
        self.wrap_ddp(wrap(self.student))

    def train(self, mode: bool = True) -> Self:
        """Switch the student to training; the teacher keeps its mode (`keep_still`)."""
        super().train(mode)
        keep_still(self.teacher)
        return self

    @property
    @abstractmethod
    def encoder(self) -> nn.Module:
        """The module that maps images to profiles."""

    @abstractmethod
    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the loss of a batch; with `diagnostics`, the signs of collapse too.

        Parameters
        ----------
        batch
            Views of B images, with their domains and labels.
        progress
            Where in the run the step stands; schedules go by it.
        diagnostics
            Whether the signs of collapse are wanted.

        Returns
        -------
        StepOutput
            The loss with its gradient, and what the log shows.
        """

    def before_update(self, progress: Progress) -> None:
        """Change gradients before they are clipped and applied."""

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Move what is not trained by gradients, such as an EMA teacher.

        A step that is not finite is skipped on the device, and the processor does not know of it yet. Buffers are then
        put back by the training loop; parameters must stay where `progress.applied` is false, as `follow` sees to.
        """

    def notice(self, *, empty: bool) -> None:
        """Hear, a step later on a GPU, whether the batch held nothing to learn from (`StepOutput.empty`).

        Raises
        ------
        ConfigError
            If that has gone on for too long.
        """
