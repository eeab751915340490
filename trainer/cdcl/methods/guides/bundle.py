"""All guides of a run as one module behind the backbone, so that DistributedDataParallel sees their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from cdcl.methods.guides.gradients import forked, scaled
from cdcl.methods.guides.heads import ClassifyHead, ContrastHead, ReadingHead, RegressHead
from cdcl.models.precision import at_least_float32

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdcl.config.guides import GuideConfig


class GuideHeads(nn.Module):
    """Shows the features of the global views to every head, and keeps what they answered.

    Attributes
    ----------
    factors
        Signed weight of each guide at this step; `WithGuides` sets them.
    answers
        Of the last call, one (n, K) a guide.

    Parameters
    ----------
    guides
        One config a guide.
    sizes
        Values of each guide's column; 0 for numbers.
    width
        D of the features.
    """

    def __init__(self, guides: Sequence[GuideConfig], sizes: Sequence[int], width: int) -> None:
        super().__init__()
        self.balanced = [guide.balance for guide in guides]
        self.factors = [0.0] * len(guides)
        self.answers: list[Tensor] = []
        self.heads = nn.ModuleList(
            _head(guide, size, width) for guide, size in zip(guides, sizes, strict=True)
        )  # in their order: weights are drawn one after the other

    def fork(self, features: Tensor, num_shown: int) -> tuple[Tensor, list[Tensor]]:
        """Give the method its features (n, D), and each guide those of the first `num_shown` rows."""
        balanced = tuple(factor for factor, is_so in zip(self.factors, self.balanced, strict=True) if is_so)
        own, copies = forked(features, num_shown, balanced) if balanced else (features, ())
        waiting = iter(copies)
        # Plain factors branch off what the method gets, so that nothing is balanced against them.
        return own, [next(waiting) if is_so else features[:num_shown] for is_so in self.balanced]

    def forward(self, shown: list[Tensor]) -> None:
        """Let each head answer for its features (num_shown, D), in float32 at least."""
        plain = [1.0 if is_so else factor for factor, is_so in zip(self.factors, self.balanced, strict=True)]
        self.answers = [
            head(at_least_float32(features) if is_so else scaled(at_least_float32(features), factor))
            for head, features, factor, is_so in zip(self.heads, shown, plain, self.balanced, strict=True)
        ]

    def taken(self) -> list[Tensor]:
        """Give the answers and forget them, so that no graph outlives its step."""
        answers, self.answers = self.answers, []
        return answers


def _head(guide: GuideConfig, size: int, width: int) -> ReadingHead:
    if guide.kind == "regress":
        return RegressHead(width, guide.hidden)
    if guide.kind == "contrast":
        return ContrastHead(width, size, guide)
    return ClassifyHead(width, guide.hidden, size, complete=not guide.masks_missing)
