"""A curve that grows line by line: a look at it costs what is new, however long the run is. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_POINTS = 1200
"""Points of a coarse curve at most: more than there are pixels would not be seen."""


@dataclass(frozen=True)
class Curve:
    """Values (N,) at steps (N,), and, of a long one, averages over neighbours to be drawn."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    coarse: Curve | None = None


class GrowingCurve:
    """Takes a value at a time; arrays double when they are full, so that none is copied at each look."""

    def __init__(self) -> None:
        self._steps, self._values = np.empty(64, dtype=np.int64), np.empty(64)
        self._length = 0
        self._chunk = 1
        self._coarse: list[tuple[int, float]] = []
        self._begun: list[float] = []
        self._curve: Curve | None = None

    def append(self, step: int, value: float) -> None:
        """Add a value at its step."""
        if self._length == len(self._steps):
            self._steps, self._values = (np.concatenate([old, np.empty_like(old)]) for old in self._arrays)
        self._steps[self._length], self._values[self._length] = step, value
        self._length += 1
        self._begun.append(value)
        if len(self._begun) == self._chunk:
            self._coarse.append((step, sum(self._begun) / self._chunk))
            self._begun.clear()
            self._thin_out()
        self._curve = None

    def curve(self) -> Curve:
        """Give the curve up to now; what is appended later does not change it."""
        if self._curve is None:
            coarse = None
            if self._chunk > 1:
                steps, means = zip(*self._coarse, strict=True)
                coarse = Curve(np.array(steps, dtype=np.int64), np.array(means, dtype=np.float64))
            self._curve = Curve(self._steps[: self._length], self._values[: self._length], coarse)
        return self._curve

    @property
    def _arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return self._steps, self._values

    def _thin_out(self) -> None:
        """Average neighbours once there are too many: pairs of pairs of values, each as many."""
        if len(self._coarse) < MOST_POINTS:
            return
        pairs = zip(self._coarse[::2], self._coarse[1::2], strict=True)
        self._coarse = [(step, (first + second) / 2) for (_, first), (step, second) in pairs]
        self._chunk *= 2
