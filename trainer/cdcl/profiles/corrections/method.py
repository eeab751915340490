"""What a way to correct profiles consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cdcl.profiles.corrections.sample import Sample
    from cdcl.tasks import Task

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]

FEWEST_REFERENCES = 16
"""Below so many reference profiles a plate, its own spread is too noisy to divide by: of n normal values a standard
deviation has a relative error of 1 / sqrt(2 (n - 1)), 18 % at 16, and a 384-well plate has 16 controls a column."""


@dataclass(frozen=True)
class Settings:
    """What a user may choose.

    Attributes
    ----------
    reference
        Who stands for the untreated state: "controls" (negative ones), "all", or "auto": controls where every plate
        or batch has some, else all.
    shrinkage
        Ridge of whitening and TVN, in units of the mean eigenvalue of the references' covariance: 0.01 to 0.1 is safe
        with few controls.
    components
        Principal components that Harmony works on, each scaled to unit variance first.
    seed
        Of Harmony's clusters.
    """

    reference: Literal["auto", "controls", "all"] = "auto"
    shrinkage: float = 0.05
    components: int = 50
    seed: int = 0


@dataclass(frozen=True)
class Learned:
    """What a fit found out: numbers to store, and lines worth telling."""

    arrays: Arrays
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Method:
    """One way to correct.

    Attributes
    ----------
    title
        For tables that biologists read.
    by
        The column whose values are brought together, each by its own references: "plate" or "batch"; "" where
        references are learned from once, and new profiles need none.
    fit
        From a sample to what is stored.
    apply
        From what is stored, and a sample, to corrected values (N, D').
    axes
        First part of the new features' names, where they are other axes; "" where features stay what they were.
    of_all
        Whether it looks at all profiles by its nature, never at controls alone.
    fitting
        The fit as a task that tells how far it is, where it takes long; `fit` is then that task run to its end.
    """

    title: str
    by: str
    fit: Callable[[Sample, Settings], Learned]
    apply: Callable[[Arrays, Sample, Settings], NDArray[np.float64]]
    axes: str = ""
    of_all: bool = False
    fitting: Callable[[Sample, Settings], Task[Learned]] | None = None

    def learn(self, sample: Sample, settings: Settings) -> Task[Learned]:
        """Fit as a task; what takes long tells how far it is, and can be closed in between."""
        if self.fitting is not None:
            return (yield from self.fitting(sample, settings))
        return self.fit(sample, settings)
