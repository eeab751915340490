"""A gradient-reversal head on any method: the encoder is pushed to hide what an adversary looks for: the batch, say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.errors import ConfigError
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import NuisanceConfig
    from cdcl.data.batches import Batch


class Adversary(nn.Module):
    """Guesses the nuisance from features; its gradient reaches the encoder reversed and scaled by `strength`.

    Attributes
    ----------
    strength
        Factor on the reversed gradient, 0 or more; it grows during the run.

    Parameters
    ----------
    width
        D of the features.
    hidden
        Width of its hidden layer.
    num_values
        Values of the nuisance.
    """

    strength: float = 0.0

    def __init__(self, width: int, hidden: int, num_values: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, num_values))

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, width) to logits (n, values)."""
        reversed_: Tensor = _Reversal.apply(features, self.strength)  # type: ignore[no-untyped-call]
        logits: Tensor = self.layers(reversed_)
        return logits


class WithNuisance(Method):
    """A method and its adversary: L = L_method + CE(adversary(reverse(features)), nuisance) (Ganin et al. 2016).

    The strength of the reversal grows as 2 / (1 + exp(-10 p)) - 1 with the share p of the run that is done, times
    `weight`. Global views are looked at; each answers for the image it was cut from.

    Parameters
    ----------
    inner
        The method.
    config
        The column, the weight, and the adversary's width.
    facts
        Number of values of the nuisance.

    Raises
    ------
    ConfigError
        If the nuisance column has fewer than two values in the training rows.
    """

    def __init__(self, inner: Method, config: NuisanceConfig, facts: ScreenInfo) -> None:
        super().__init__()
        if facts.num_nuisances < 2:
            raise ConfigError(
                f"nuisance.column = '{config.column}' has fewer than two values in the training rows; set "
                "nuisance.weight = 0."
            )
        self.inner = inner
        self.config = config
        width = int(inner.encoder.num_features)  # type: ignore[arg-type]
        inner.student.adversary = Adversary(width, config.hidden, facts.num_nuisances)

    @property
    def student(self) -> nn.Module:  # type: ignore[override]
        """The method's own student; the adversary is a part of it."""
        return self.inner.student

    @property
    def teacher(self) -> nn.Module:  # type: ignore[override]
        """The method's own teacher."""
        return self.inner.teacher

    @property
    def encoder(self) -> nn.Module:
        """The method's own encoder."""
        return self.inner.encoder

    def distribute(self, wrap: Callable[[nn.Module], nn.Module]) -> None:
        """Call the method's student, adversary included, through `wrap(student)` from now on."""
        self.inner.distribute(wrap)

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the method's loss and the adversary's."""
        student: Any = self.student
        student.adversary.strength = self.config.weight * growth(progress.fraction)
        outcome = self.inner.step(batch, progress, diagnostics=diagnostics)
        guesses, student.guesses = student.guesses, None
        assert batch.nuisances is not None
        truth = batch.nuisances.flatten()  # (U * B,), as the guesses (U * B, values)
        loss = F.cross_entropy(guesses, truth)
        accuracy = (guesses.detach().argmax(-1) == truth).float().mean()
        parts = {**outcome.parts, "nuisance": loss.detach(), "nuisance_accuracy": accuracy}
        return StepOutput(outcome.loss + loss, parts, outcome.diagnostics)

    def before_update(self, progress: Progress) -> None:
        """Let the method change its gradients."""
        self.inner.before_update(progress)

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Let the method move what gradients do not."""
        self.inner.after_update(batch, progress)


def growth(fraction: float) -> float:
    """Rise from 0 to 1: the encoder first learns something worth cleaning (Ganin et al. 2016).

    Parameters
    ----------
    fraction
        p, share of the run that is done, 0 to 1.

    Returns
    -------
    float
        2 / (1 + exp(-10 p)) - 1.
    """
    return 2.0 / (1.0 + math.exp(-10.0 * fraction)) - 1.0


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None]:
        return upstream[0] * -ctx.strength, None
