"""What one small dose-response plot is drawn of. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.doses import Curve

MARGIN = 0.35
"""Decades between the outermost doses and the frame, and two of them between the lowest dose and the controls."""
STEPS = 80
"""Points of a drawn curve: two pixels apart in a plot of usual width."""

WITHIN = 0.99
"""Share of the wells that a common axis shows in their place: of a thousand, five at each end stand at its edge."""


@dataclass(frozen=True, eq=False)
class DosePlot:
    """The wells of one compound and the controls of their plates, and the curve over them where there is one.

    Attributes
    ----------
    curve
        As from `cdcl.doses.fit_curves`.
    doses, values
        Dose (0 for controls) and response of each well, (n,).
    batches
        Number of each well's batch among all batches of the screen, (n,).
    wells
        Number of each well in the layout of the open screen, (n,); -1 where it is not on it.
    unit
        Of the doses; "" where none is known.
    """

    curve: Curve
    doses: NDArray[np.float64]
    values: NDArray[np.float64]
    batches: NDArray[np.int64]
    wells: NDArray[np.int64]
    unit: str = ""

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """The different doses in order; 0, the controls, comes first where there are some."""
        return np.unique(self.doses)

    @cached_property
    def zero(self) -> float:
        """Where controls stand, in log10 of the dose."""
        tested = self.levels[self.levels > 0]
        return float(np.log10(tested.min()) - 2 * MARGIN) if len(tested) else 0.0

    @cached_property
    def span(self) -> tuple[float, float]:
        """Both ends of the axis of doses, in log10."""
        places = self.place(self.levels)
        return (float(places.min()) - MARGIN, float(places.max()) + MARGIN) if len(places) else (-1.0, 1.0)

    @cached_property
    def heights(self) -> tuple[float, float]:
        """The lowest and the highest response of a well."""
        return (float(self.values.min()), float(self.values.max())) if len(self.values) else (0.0, 1.0)

    def place(self, doses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give log10 of doses, and `zero` for controls."""
        known = doses > 0
        return np.where(known, np.log10(np.where(known, doses, 1.0)), self.zero)

    def line(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the fitted curve over the tested doses: log10 of doses, and responses; empty where there is none."""
        from cdcl.doses import hill  # brings pandas

        tested = self.levels[self.levels > 0]
        if self.curve.reason or not len(tested):
            return np.zeros(0), np.zeros(0)
        along = np.linspace(np.log10(tested.min()) - MARGIN, np.log10(tested.max()) + MARGIN, STEPS)
        share = hill(along, np.log10(self.curve.ec50), self.curve.slope)
        return along, self.curve.bottom + (self.curve.top - self.curve.bottom) * share

    def wells_at(self, dose: float) -> NDArray[np.int64]:
        """Give the wells of a dose on the open screen."""
        found: NDArray[np.int64] = self.wells[self.doses == dose]
        return found[found >= 0]

    def means(self, batch: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the places of the doses that a batch has, and its mean response at each."""
        own = self.batches == batch
        levels = np.unique(self.doses[own])
        means = [float(self.values[own & (self.doses == level)].mean()) for level in levels]
        return self.place(levels), np.array(means)

    def dose_in_words(self, dose: float) -> str:
        """Write a dose of this compound."""
        return "controls" if dose == 0 else f"{dose:g} {self.unit}".rstrip()

    def ec50_in_words(self) -> str:
        """Write EC50 with its interval, or why there is none."""
        curve = self.curve
        if curve.reason:
            return f"no fit: {curve.reason}"
        return f"EC50 {curve.ec50:.2g} {self.unit}".rstrip() + f" ({curve.ec50_low:.2g} to {curve.ec50_high:.2g})"

    def in_words(self, dose: float | None = None) -> str:
        """Say in a line what is known of the compound, or of one of its doses."""
        if dose is None:
            note = f"; {self.curve.note}" if self.curve.note else ""
            return f"{self.curve.compound}: {self.ec50_in_words()}{note}"
        here = self.doses == dose
        counted = f"{int(here.sum())} wells" if here.sum() != 1 else "1 well"
        mean = float(self.values[here].mean()) if here.any() else float("nan")
        return f"{self.curve.compound}, {self.dose_in_words(dose)}: {mean:.3g} (mean of {counted})"


def common_heights(plots: Sequence[DosePlot]) -> tuple[float, float]:
    """Give one axis of responses for all plots: the middle 99 % of the wells, and the ends of all curves.

    One broken well would else make every curve look flat.
    """
    values = np.concatenate([plot.values for plot in plots])
    low, high = np.quantile(values, [(1 - WITHIN) / 2, (1 + WITHIN) / 2]).tolist() if len(values) else (0.0, 1.0)
    ends = [end for plot in plots if not plot.curve.reason for end in (plot.curve.bottom, plot.curve.top)]
    return min([low, *ends]), max([high, *ends])
