"""How numbers are distributed: in bins of one axis, by group, and cumulated. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS, FINE = 48, 480
"""Bars of a histogram that can be told apart in a narrow dock, and steps of a cumulative curve, one a pixel."""
DECADES = 3.0
"""Powers of ten from which on the axis is logarithmic, where no number is below 0; of doses, one is enough."""
FRESH = 1e-6
"""Share of the axis by which its ends lie beyond the outermost values, so that a range over all of it holds them."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """Numbers on an axis.

    Attributes
    ----------
    values
        (N,), NaN where there is none.
    title, unit
        What they are called.
    logarithmic
        Whether the axis goes by powers of ten; values of 0 stand at its left end then.
    """

    values: NDArray[np.float64]
    title: str
    unit: str = ""
    logarithmic: bool = False

    @classmethod
    def of(cls, values: NDArray[np.floating], title: str, unit: str = "", *, doses: bool = False) -> Distribution:
        """Choose the axis of numbers: doses and what spans decades go by powers of ten."""
        numbers = np.asarray(values, dtype=np.float64)
        positive = numbers[np.isfinite(numbers) & (numbers > 0)]
        spans = len(positive) > 0 and not (numbers < 0).any()
        decades = float(np.log10(positive.max() / positive.min())) if spans else 0.0
        return cls(numbers, title, unit, decades >= (1.0 if doses else DECADES))

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """The values on the axis: log10 of them where it is logarithmic, 0 a step left of the lowest."""
        if not self.logarithmic:
            return np.where(np.isfinite(self.values), self.values, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(self.values)
        lowest = float(logs[np.isfinite(logs)].min())
        return np.where(self.values == 0, lowest - 0.5, np.where(np.isfinite(logs), logs, np.nan))

    @cached_property
    def span(self) -> tuple[float, float]:
        """Both ends of the axis, in places."""
        known = self.places[np.isfinite(self.places)]
        if not len(known):
            return 0.0, 1.0
        low, high = float(known.min()), float(known.max())
        room = FRESH * (high - low) if high > low else 0.5
        return low - room, high + room

    def to_value(self, place: float) -> float:
        """Give the number at a place of the axis."""
        return float(10**place) if self.logarithmic else place

    def within(self, low: float, high: float) -> NDArray[np.bool_]:
        """Mark the values between two numbers, both included, (N,); 0 is below all others on any axis."""
        return np.asarray((self.values >= low) & (self.values <= high))

    def counts(self, mask: NDArray[np.bool_] | None = None, bins: int = BINS) -> NDArray[np.int64]:
        """Count values, or the marked ones, in bins of equal width over the axis, (bins,)."""
        places = self.places if mask is None else self.places[mask]
        return np.histogram(places[np.isfinite(places)], bins, self.span)[0].astype(np.int64)

    def cumulated(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Give the share of values, or of the marked ones, up to each of `FINE` places, (FINE,), 0 to 1."""
        counts = self.counts(mask, FINE)
        shares: NDArray[np.float64] = np.cumsum(counts) / max(int(counts.sum()), 1)
        return shares
