"""Any method with one network for all channels: each image shows one of its channels a step ("bag of channels").

As in uniDINO (2025) and channel-adaptive DINO (De Lorenci et al. 2025): a network that never knew which
channel it saw takes a screen with other channels, or with another number of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cdcl.methods.method import Method, Progress, StepOutput
from cdcl.models.channelwise import SharedEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.data.batches import Batch


class BagOfChannels(Method):
    """A method of one channel; all views of an image, its partner's too, show the same channel.

    Parameters
    ----------
    inner
        The method, with networks of one channel.
    num_channels
        C of the screen.
    pooling
        How profiles of the channels become one: "concat" gives C * D numbers, "mean" D.
    """

    def __init__(self, inner: Method, num_channels: int, pooling: str) -> None:
        super().__init__()
        self.inner = inner
        self.num_channels = num_channels
        self.pooling = pooling

    @property
    def student(self) -> nn.Module:  # type: ignore[override]
        """The method's own student."""
        return self.inner.student

    @property
    def teacher(self) -> nn.Module:  # type: ignore[override]
        """The method's own teacher."""
        return self.inner.teacher

    @property
    def encoder(self) -> nn.Module:
        """The method's encoder, applied to every channel."""
        return SharedEncoder(self.inner.encoder, self.num_channels, self.pooling)

    def distribute(self, wrap: Callable[[nn.Module], nn.Module]) -> None:
        """Call the method's student through `wrap(student)` from now on."""
        self.inner.distribute(wrap)

    def step(self, batch: Batch, progress: Progress, *, diagnostics: bool = False) -> StepOutput:
        """Draw a channel for each image and compute the method's loss on it.

        The draw comes from torch's generator on the processor, which the loader seeds by the run's seed and the step.
        """
        drawn = torch.randint(self.num_channels, (len(batch),))
        channels = drawn.to(batch.rows.device, non_blocking=True)
        views = tuple(show(view, channels) for view in batch.views)
        return self.inner.step(replace(batch, views=views), progress, diagnostics=diagnostics)

    def before_update(self, progress: Progress) -> None:
        """Let the method change its gradients."""
        self.inner.before_update(progress)

    @torch.no_grad()
    def after_update(self, batch: Batch, progress: Progress) -> None:
        """Let the method move what gradients do not."""
        self.inner.after_update(batch, progress)

    def notice(self, *, empty: bool) -> None:
        """Let the method hear of a batch without anything to learn from."""
        self.inner.notice(empty=empty)


def show(views: Tensor, channels: Tensor) -> Tensor:
    """Keep one channel of each view.

    Parameters
    ----------
    views
        (V * B, C, h, h), views first.
    channels
        (B,) the channel of each image, the same in all its views.

    Returns
    -------
    Tensor
        (V * B, 1, h, h).
    """
    chosen = channels.repeat(len(views) // len(channels))
    return views[torch.arange(len(views), device=views.device), chosen][:, None]
