"""A method and its guides (FINO's idea: Gardes et al. 2026): several columns, each kept in the features or hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from cdcl.errors import ConfigError
from cdcl.methods.guides.bundle import GuideHeads
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from cdcl.config.guides import GuideConfig
    from cdcl.data.batches import Batch


class WithGuides(Method):
    """L = L_method + sum over guides of their heads' losses; what of them reaches the encoder is scaled by factors.

    Heads always learn in full. The encoder feels a guide by its signed factor, which grows during the run
    (`GuideConfig.factor`): a part of the method's gradient norm (`forked`), or the plain factor (`scaled`). Global
    views are shown; each answers for the image it was cut from.

    Parameters
    ----------
    inner
        The method.
    guides
        One config a guide.
    facts
        Number of values of each.

    Raises
    ------
    ConfigError
        If a column of names has fewer than two values in the training rows.
    """

    def __init__(self, inner: Method, guides: Sequence[GuideConfig], facts: ScreenInfo) -> None:
        super().__init__()
        for guide, size in zip(guides, facts.guide_sizes, strict=True):
            if guide.kind != "regress" and size < 2:
                raise ConfigError(f"{guide.setting} has fewer than two values in the training rows; leave it out.")
        self.inner = inner
        self.guides = tuple(guides)
        width = int(inner.encoder.num_features)  # type: ignore[arg-type]
        inner.student.guides = GuideHeads(guides, facts.guide_sizes, width)
        self._told: list[Tensor] = []
        self.register_load_state_dict_pre_hook(_from_before_guides)  # type: ignore[no-untyped-call]

    @property
    def student(self) -> nn.Module:  # type: ignore[override]
        """The method's own student; the heads are a part of it."""
        return self.inner.student

    @property
    def teacher(self) -> nn.Module:  # type: ignore[override]
        """The method's own teacher."""
        return self.inner.teacher

    @property
    def encoder(self) -> nn.Module:
        """The method's own encoder."""
        return self.inner.encoder

    @property
    def heads(self) -> GuideHeads:
        """The heads, inside the student."""
        heads: GuideHeads = self.student.guides  # type: ignore[assignment]
        return heads

    def distribute(self, wrap: Callable[[nn.Module], nn.Module]) -> None:
        """Call the method's student, heads included, through `wrap(student)` from now on."""
        self.inner.distribute(wrap)

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Compute the method's loss and those of the heads."""
        heads = self.heads
        heads.factors = [guide.factor(progress.fraction) for guide in self.guides]
        outcome = self.inner.step(batch, progress, diagnostics=diagnostics)
        answers = heads.taken()
        self._told = [answer.detach() for answer in answers]
        loss, parts = outcome.loss, dict(outcome.parts)
        for index, (head, answer) in enumerate(zip(heads.heads, answers, strict=True)):
            truth = batch.guides[index].flatten()  # (U * B,), as the answers (U * B, K)
            own = head.loss(answer, truth)  # type: ignore[operator]
            loss = loss + own
            parts |= self._told_of(index, own, answer, truth)
        return replace(outcome, loss=loss, parts=parts)

    def before_update(self, progress: Progress) -> None:
        """Let the method change its gradients."""
        self.inner.before_update(progress)

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Let the method, and the heads, move what gradients do not."""
        self.inner.after_update(batch, progress)
        for head, answer, truth in zip(self.heads.heads, self._told, batch.guides, strict=True):
            head.move(answer, truth.flatten())  # type: ignore[operator]
        self._told = []

    def notice(self, *, empty: bool) -> None:
        """Let the method hear of a batch without anything to learn from."""
        self.inner.notice(empty=empty)

    def _told_of(self, index: int, own: Tensor, answer: Tensor, truth: Tensor) -> dict[str, Tensor]:
        """Give what the log shows of a guide: its loss, how well it is read, its signed weight."""
        guide, head = self.guides[index], self.heads.heads[index]
        score = head.score(answer, truth)  # type: ignore[operator]
        told = {guide.label: own.detach(), f"{guide.label}_{head.measure}": score}
        if guide.masks_missing:
            told[f"{guide.label}_weight"] = torch.full((), self.heads.factors[index], device=own.device)
        return told


def _from_before_guides(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Read checkpoints of the time when there was one head, called the adversary."""
    old, new = f"{prefix}inner.student.adversary.", f"{prefix}inner.student.guides.heads.0."
    for name in [name for name in state if name.startswith(old)]:
        state[new + name.removeprefix(old)] = state.pop(name)
