"""What a step leaves in buffers though it is skipped: statistics of BatchNorm, centres, running means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn


class BufferRollback:
    """The buffers of a method, kept before a step and put back where it does not count.

    BatchNorm takes in a batch in the forward pass, long before loss and gradients are known to be finite: a single
    infinity would stay in it for ever. Whether the step counts is itself asked on the device, so that the processor
    need not wait.

    Parameters
    ----------
    network
        The method, with student and teacher.
    """

    def __init__(self, network: nn.Module) -> None:
        kinds: dict[torch.dtype, list[Tensor]] = {}
        for buffer in network.buffers():
            kinds.setdefault(buffer.dtype, []).append(buffer)
        self._rows = [_Row(values) for values in kinds.values()]

    def keep(self) -> None:
        """Remember them as they are."""
        for row in self._rows:
            row.keep()

    def put_back(self) -> None:
        """Give them the values that were kept."""
        for row in self._rows:
            row.put_back()

    def put_back_unless(self, applied: Tensor) -> None:
        """Give them the values that were kept, where `applied`, a scalar on the device, is false."""
        for row in self._rows:
            row.put_back_unless(applied)


class _Row:
    """Buffers of one data type in one long row: a few launches on a GPU instead of one a buffer."""

    def __init__(self, values: list[Tensor]) -> None:
        self._values = values
        self._kept, self._now = (torch.cat([value.reshape(-1) for value in values]) for _ in range(2))
        self._kept_parts, self._now_parts = (_parts(row, values) for row in (self._kept, self._now))

    @torch.no_grad()
    def keep(self) -> None:
        torch._foreach_copy_(self._kept_parts, self._values)

    @torch.no_grad()
    def put_back(self) -> None:
        torch._foreach_copy_(self._values, self._kept_parts)

    @torch.no_grad()
    def put_back_unless(self, applied: Tensor) -> None:
        torch._foreach_copy_(self._now_parts, self._values)
        # A choice and not a sum with weights: zero times infinity is no number.
        torch.where(applied, self._now, self._kept, out=self._now)
        torch._foreach_copy_(self._values, self._now_parts)


def _parts(row: Tensor, values: list[Tensor]) -> list[Tensor]:
    pieces = torch.split(row, [value.numel() for value in values])
    return [piece.view(value.shape) for piece, value in zip(pieces, values, strict=True)]
