"""Any method with one network a channel: C trainings side by side whose profiles are concatenated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cdcl.methods.method import Method, Progress, StepOutput
from cdcl.models.channelwise import ChannelEncoders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cdcl.data.batches import Batch


class Channelwise(Method):
    """Each channel has a method of its own that sees nothing else; the loss is their mean.

    As in WS-DINO, which trains a network for each channel and concatenates their profiles (Cross-Zamirski et al. 2022).

    Parameters
    ----------
    methods
        One a channel, in the order of the screen's.
    """

    def __init__(self, methods: Sequence[Method]) -> None:
        super().__init__()
        self.methods = nn.ModuleList(methods)

    @property
    def student(self) -> nn.Module:  # type: ignore[override]
        """All students, for the optimizer."""
        return nn.ModuleList(method.student for method in self._each)

    @property
    def teacher(self) -> nn.Module:  # type: ignore[override]
        """All teachers."""
        return nn.ModuleList(method.teacher for method in self._each)

    @property
    def encoder(self) -> nn.Module:
        """The encoders side by side."""
        return ChannelEncoders(method.encoder for method in self._each)

    @property
    def _each(self) -> list[Method]:
        return list(self.methods)  # type: ignore[arg-type]

    def distribute(self, wrap: Callable[[nn.Module], nn.Module]) -> None:
        """Call each student through `wrap(student)` from now on."""
        for method in self._each:
            method.distribute(wrap)

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Average the losses of all channels; diagnostics are averaged too."""
        outcomes = [
            method.step(_one_channel(batch, channel), progress, diagnostics=diagnostics)
            for channel, method in enumerate(self._each)
        ]
        loss = torch.stack([outcome.loss for outcome in outcomes]).mean()
        parts, found = _mean([o.parts for o in outcomes]), _mean([o.diagnostics for o in outcomes])
        return StepOutput(loss, parts, found, empty=outcomes[0].empty)  # a matter of labels: the same in each

    def before_update(self, progress: Progress) -> None:
        """Let each method change its gradients."""
        for method in self._each:
            method.before_update(progress)

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Let each method move what gradients do not."""
        for channel, method in enumerate(self._each):
            method.after_update(_one_channel(batch, channel), progress)

    def notice(self, *, empty: bool) -> None:
        """Let each method hear of a batch without anything to learn from."""
        for method in self._each:
            method.notice(empty=empty)


def _one_channel(batch: Batch, channel: int) -> Batch:
    return replace(batch, views=tuple(view[:, channel : channel + 1] for view in batch.views))


def _mean(parts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    stacked = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
    # Scalars; of matrices the mean is taken when each is summed up.
    return {name: values.mean() if values.ndim == 1 else values for name, values in stacked.items()}
