"""Whether a run is asked to stop: looked up by time, and at the same step in all processes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from cdcl.runs import Run
    from cdcl.training.distributed import Team

SECONDS = 1.0
"""Between two questions, about: to ask at every step would make the processes wait for each other and for the GPU."""

MOST_STEPS = 1000
"""Steps between two questions at most: where steps were fast once, a slow stretch must not delay a stop for long."""


class StopAgreement:
    """Asks the run's stop file; of several processes all get the same answer."""

    def __init__(self, run: Run, team: Team, device: torch.device) -> None:
        self._run, self._team, self._device = run, team, device
        self._steps, self._left, self._since = 0, 0, time.monotonic()

    def asked(self) -> bool:
        """Tell once a step whether to stop before it."""
        if self._team.size == 1:
            return self._run.asked_to_stop()
        self._steps += 1
        self._left -= 1
        if self._left > 0:
            return False
        now = time.monotonic()
        # The slowest process decides when all ask next, so that they count alike.
        stop, per_step = self._team.greatest(
            [self._run.asked_to_stop(), (now - self._since) / self._steps], self._device
        )
        self._left = int(min(max(1.0, SECONDS / max(per_step, 1e-6)), MOST_STEPS))
        self._steps, self._since = 0, now
        return bool(stop)
