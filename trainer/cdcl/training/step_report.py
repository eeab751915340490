"""What a step has to tell: computed on the device, read by the processor when it is there, and not waited for."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cdcl.methods.collapse import effective_rank

if TYPE_CHECKING:
    from cdcl.methods import StepOutput
    from cdcl.training.distributed import Team


def steps_behind(device: torch.device) -> int:
    """Count the steps after which a report is read.

    A GPU works on a step long after the processor has asked for it. One step later the answer is there, while the next
    step is already queued; asked at once, the GPU would idle until the processor has heard of it and gone on. Where the
    processor computes itself there is nothing to wait for.
    """
    return 1 if device.type == "cuda" else 0


class InFlight:
    """Numbers on their way from the device to the processor.

    Parameters
    ----------
    values
        Of any shape, on the device.
    """

    def __init__(self, values: Tensor) -> None:
        self._values = values.to("cpu", non_blocking=values.is_cuda)
        self._there = torch.cuda.current_stream(values.device).record_event() if values.is_cuda else None

    @property
    def num_bytes(self) -> int:
        """How much is sent."""
        return self._values.nbytes

    def read(self) -> Tensor:
        """Wait until they are there, and give them."""
        if self._there is not None:
            self._there.synchronize()
        return self._values


@dataclass(frozen=True, slots=True)
class StepReport:
    """Whether a step was applied, whether its batch held anything to learn from, and what the log shows of it.

    Attributes
    ----------
    step
        Its number.
    names
        Of the numbers for the log; empty where the step is not logged.
    known
        Numbers that the processor has itself, in place of those of the same name.
    numbers
        (2 + names,): applied, empty, and the numbers of the log.
    ranked
        Features of this process by the name of a number: the log shows their effective rank.
    team
        The processes whose ranks are averaged.
    """

    step: int
    names: tuple[str, ...]
    known: dict[str, float]
    numbers: InFlight
    ranked: dict[str, InFlight]
    team: Team

    @property
    def num_bytes(self) -> int:
        """How much is sent."""
        return sum(sent.num_bytes for sent in (self.numbers, *self.ranked.values()))

    def read(self) -> tuple[bool, bool, dict[str, float]]:
        """Wait until it is there; give whether the step was applied, whether its batch was empty, and the log.

        All processes of a team read each report, in the same order: the ranks that each found are averaged here.
        """
        applied, empty, *values = self.numbers.read().tolist()
        return bool(applied), bool(empty), {**dict(zip(self.names, values, strict=True)), **self.known, **self._ranks()}

    def _ranks(self) -> dict[str, float]:
        found = [effective_rank(features.read()) for features in self.ranked.values()]
        means = self.team.mean_of(torch.stack(found)).tolist() if found else []
        return dict(zip(self.ranked, means, strict=True))


def report_step(
    step: int, applied: Tensor, outcome: StepOutput, shown: dict[str, Tensor | float], team: Team
) -> StepReport:
    """Send what a step has to tell to the processor.

    Parameters
    ----------
    applied
        A scalar on the device.
    shown
        What the log shows, by name, averaged over the processes; empty where the step is not logged. Scalars, and
        features (..., n, D) in place of their effective rank.
    """
    empty = torch.zeros_like(applied) if outcome.empty is None else outcome.empty
    flags, device = torch.stack([applied, empty]), applied.device
    # One process keeps what it has as it is, to the last digit.
    known = {name: value for name, value in shown.items() if team.size == 1 and isinstance(value, float)}
    ranked = {name: InFlight(value) for name, value in shown.items() if isinstance(value, Tensor) and value.ndim}
    values = [_scalar(nan if name in ranked else value, device) for name, value in shown.items()]
    numbers = torch.cat([flags, team.mean_of(torch.stack(values))]) if values else flags
    return StepReport(step, tuple(shown), known, InFlight(numbers), ranked, team)


def _scalar(value: Tensor | float, device: torch.device) -> Tensor:
    # Filled on the device: a number that is copied there would be waited for.
    return value.detach() if isinstance(value, Tensor) else torch.full((), value, device=device)
