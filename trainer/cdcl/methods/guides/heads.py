"""The heads that read a column from the features, and what each loses by reading it wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cdcl.methods.guides.masking import mean_of_known
from cdcl.models.collectives import summed

if TYPE_CHECKING:
    from cdcl.config.guides import GuideConfig

UNKNOWN = -1
"""Number of a value that is not known."""


class ReadingHead(nn.Module):
    """Two layers on the features, and a loss between their answers (n, K) and the truth (n,).

    Attributes
    ----------
    measure
        What `score` measures, for the log.

    Parameters
    ----------
    width
        D of the features.
    hidden
        Width of the hidden layer.
    num_outputs
        K.
    """

    measure = "accuracy"

    def __init__(self, width: int, hidden: int, num_outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, num_outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, D) to answers (n, K)."""
        answers: Tensor = self.layers(features)
        return answers

    def loss(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Compute the loss over the known values: a scalar."""
        raise NotImplementedError

    def score(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Tell how well the column is read from this batch: a scalar, 1 at best."""
        raise NotImplementedError

    @torch.no_grad()
    def move(self, answers: Tensor, truth: Tensor) -> None:
        """Move what is not trained by gradients, after a step that was applied."""


class ClassifyHead(ReadingHead):
    """Names the value: cross-entropy.

    Parameters
    ----------
    width, hidden
        As in every head.
    num_values
        Values of the column.
    complete
        Whether every training image has a value.
    """

    def __init__(self, width: int, hidden: int, num_values: int, *, complete: bool = False) -> None:
        super().__init__(width, hidden, num_values)
        self.complete = complete

    def loss(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Compute the cross-entropy of logits (n, values) and numbers (n,)."""
        if self.complete:
            return F.cross_entropy(answers, truth)
        each = F.cross_entropy(answers, truth, ignore_index=UNKNOWN, reduction="none")  # (n,)
        return mean_of_known(each, truth != UNKNOWN)

    def score(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Give the share of known values that are named right."""
        return _share_right(answers, truth)


class RegressHead(ReadingHead):
    """Tells the number, which comes standardised over the training images: squared error.

    Parameters
    ----------
    width, hidden
        As in every head.
    """

    measure = "r2"

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(width, hidden, 1)

    def loss(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Compute the mean squared error of answers (n, 1) and numbers (n,), NaN where unknown."""
        known = truth.isfinite()
        return mean_of_known((answers[:, 0] - torch.where(known, truth, 0.0)).square(), known)

    def score(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Give R2 within the batch: 1 minus the squared error over that of always telling the training mean, 0."""
        known = truth.isfinite()
        truth = torch.where(known, truth, 0.0)
        missed = ((answers.detach()[:, 0] - truth).square() * known).sum()
        return 1.0 - missed / truth.square().sum().clamp(min=torch.finfo(truth.dtype).tiny)


class ContrastHead(ReadingHead):
    """Draws an image to the running mean of its value and away from the others' (ProtoNCE; Li et al. 2021).

    L = -log exp(z . c_y / t) / sum_v exp(z . c_v / t), z and c of unit length, over the values v that were seen so far.

    Parameters
    ----------
    width
        D of the features.
    num_values
        Values of the column.
    config
        Width of the space, temperature, momentum.
    """

    centres: Tensor
    seen: Tensor

    def __init__(self, width: int, num_values: int, config: GuideConfig) -> None:
        super().__init__(width, config.hidden, config.hidden)
        self.config = config
        self.register_buffer("centres", torch.zeros(num_values, config.hidden))
        self.register_buffer("seen", torch.zeros(num_values))

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, D) to directions (n, hidden) of unit length."""
        return F.normalize(self.layers(features), dim=-1)

    def loss(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Compute the contrast of directions (n, hidden) and numbers (n,); a value not seen before is left out."""
        known = self._known(truth)
        each = F.cross_entropy(self._logits(answers), torch.where(known, truth, UNKNOWN), ignore_index=UNKNOWN,
                               reduction="none")  # fmt: skip
        return mean_of_known(each, known)

    def score(self, answers: Tensor, truth: Tensor) -> Tensor:
        """Give the share of known values whose own mean is the nearest."""
        return _share_right(self._logits(answers), torch.where(self._known(truth), truth, UNKNOWN))

    @torch.no_grad()
    def move(self, answers: Tensor, truth: Tensor) -> None:
        """Move the means: c <- m c + (1 - m) mean of the batch; the first batches are averaged plainly."""
        known = truth != UNKNOWN
        # What is not known is added too, as nothing: how much of it there is only the device knows.
        places, shown = torch.where(known, truth, 0), torch.where(known[:, None], answers.detach(), 0.0)
        sums = torch.zeros_like(self.centres).index_add_(0, places, shown)
        counts = torch.zeros_like(self.seen).index_add_(0, places, known.to(self.seen.dtype))
        sums, counts = summed(sums), summed(counts)
        here = counts > 0
        self.seen += here
        # As many batches as 1 / (1 - m) weigh alike, so that a mean does not start from the origin.
        pull = torch.maximum(1.0 / self.seen.clamp(min=1.0), torch.full_like(self.seen, 1.0 - self.config.momentum))
        means = sums / counts.clamp(min=1.0)[:, None]
        moved = torch.lerp(self.centres, means, pull[:, None])
        self.centres.copy_(torch.where(here[:, None], moved, self.centres))

    def _known(self, truth: Tensor) -> Tensor:
        return (truth != UNKNOWN) & (self.seen[truth.clamp(min=0)] > 0)

    def _logits(self, answers: Tensor) -> Tensor:
        centres = F.normalize(self.centres.to(answers.dtype), dim=-1)
        logits = answers @ centres.T / self.config.temperature  # (n, values)
        # A large finite number instead of infinity: with no value seen yet the softmax is still defined.
        return logits.masked_fill(self.seen == 0, -1e4)


def _share_right(logits: Tensor, truth: Tensor) -> Tensor:
    known = truth != UNKNOWN
    right = (logits.detach().argmax(-1) == truth) & known
    return right.float().sum() / known.float().sum().clamp(min=1.0)
