"""Signs of a collapse that no single step shows: few prototypes, and a loss that is solved while nothing is learned.

A network can solve its task within some dozens of steps by what tells one well from another. Its loss is then near
zero, its features span no more than they did, and what it was trained for, the treatment in another batch, is guessed.
Every further step is lost.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EARLIEST = 0.1
"""Share of the steps before which nothing is said: warm-up alone takes as much in our recipes."""

FEW = 0.2
"""Prototypes in use, of as many as a batch has views. The demo's DINO came to 11 of 256, one with 64 views to 8; CDCL
beside it kept 204 to 216 (benchmarks/results/tune-2026-11-27.md)."""

SOLVED = 0.2
"""A loss below this share of the highest is near zero: that of the demo's DINO fell to 0.15 of it in 50 steps."""

FLAT = 0.1
"""The effective rank is flat where the last `WINDOW` logged ones differ by less than this share of their mean."""

WINDOW = 10
"""Logged steps that are looked at: their spread at random is below `FLAT` once training has settled, and few prototypes
in all of them are no passing state."""

GUESSED = 1.5
"""Times chance below which the sample's treatments are as good as guessed: within two standard errors of it."""


class CollapseDiagnostics:
    """Watches the numbers of a run; each sign is told once.

    Parameters
    ----------
    prototypes
        Of the method; 0 where it has none.
    views
        Images in a batch times the views that the teacher sees: no batch uses more prototypes.
    """

    def __init__(self, prototypes: int = 0, views: int = 0) -> None:
        self._prototypes, self._most = prototypes, min(prototypes, views)
        self._highest, self._loss = 0.0, math.nan
        self._in_use: deque[float] = deque(maxlen=WINDOW)
        self._ranks: deque[float] = deque(maxlen=WINDOW)
        self._probe = self._chance = math.nan
        self._told: set[str] = set()

    def see(self, values: Mapping[str, float]) -> None:
        """Take note of what a step logged, or what was measured on the sample."""
        self._loss = values.get("loss", self._loss)
        self._highest = max(self._highest, values.get("loss", 0.0))
        self._probe = values.get("probe_treatment", self._probe)
        self._chance = values.get("probe_treatment_chance", self._chance)
        if "effective_rank" in values:
            self._ranks.append(values["effective_rank"])
        if "prototype_entropy" in values and self._prototypes:
            self._in_use.append(math.exp(values["prototype_entropy"] * math.log(self._prototypes)))

    def new(self, progress: float) -> list[str]:
        """Give the signs that were not told yet, one sentence each with what to try.

        Parameters
        ----------
        progress
            Share of the steps that are done, 0 to 1.
        """
        signs = {"few": self._few(), "solved": self._solved()} if progress >= EARLIEST else {}
        found = {name: text for name, text in signs.items() if text and name not in self._told}
        self._told |= set(found)
        return list(found.values())

    def _few(self) -> str:
        if len(self._in_use) < WINDOW or not max(self._in_use) < FEW * self._most:
            return ""  # the first steps of a healthy run use few, too
        return (
            f"only {max(1, round(self._in_use[-1]))} of {self._prototypes} prototypes are in use: images are sorted "
            "into few kinds, which a network soon does without learning more. Try views.gain and views.offset 0.2, "
            "views.local_crops.count 2, or a higher method.teacher_temperature."
        )

    def _solved(self) -> str:
        guessed = self._probe < GUESSED * self._chance
        if not (guessed and self._loss < SOLVED * self._highest and self._flat()):
            return ""
        return (
            f"the loss is near zero ({self._loss:.2g} of {self._highest:.2g}) and the effective rank stands still at "
            f"{self._ranks[-1]:.0f}, but treatments in another batch are guessed ({self._probe:.2f}, chance "
            f"{self._chance:.2f}): the task is solved by what tells wells apart, and more steps change nothing. Make "
            "it harder (views.gain, views.offset, views.local_crops.count), or pair images across batches (cdcl)."
        )

    def _flat(self) -> bool:
        ranks = self._ranks
        if len(ranks) < WINDOW or not all(map(math.isfinite, ranks)):
            return False
        return max(ranks) - min(ranks) < FLAT * sum(ranks) / len(ranks)
