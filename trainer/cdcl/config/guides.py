"""Which columns of the table the encoder is led by: kept readable in its features, or hidden from them."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from pydantic import Field, model_validator

from cdcl.config.section import Fraction, NonNegative, Positive, Section, Width

KEPT, HIDDEN = 0.1, 0.01
"""Weights where none is given: FINO's 0.1 for what is kept, a tenth of it for what is hidden (Gardes et al. 2026)."""

STEEP = 12.0
"""Of the ramp: the plain logistic then stands at 1/400 and 399/400 at its ends, where it is cut to 0 and 1."""


class GuideConfig(Section):
    """A column of the table and a head that reads it from the features; its gradient leads the encoder."""

    column: str = Field(min_length=1, description="Column of the screen's table.")
    keep: bool = Field(True, description="true: it shall be readable from the features; false: it shall not.")
    kind: Literal["classify", "regress", "contrast"] = Field(
        "classify",
        description="'classify': its values are names; 'regress': numbers, such as a dose or a count of cells; "
        "'contrast': names, each with a running mean of its features that an image is drawn to (ProtoNCE).",
    )
    log: bool = Field(False, description="With kind = 'regress': on a logarithmic scale; 0 and below are left out.")
    weight: NonNegative = Field(
        KEPT,
        description="Norm of its gradient at the features once the ramp is over, as a share of the method's own; 0.1 "
        "for what is kept and 0.01 for what is hidden, where it is not given.",
    )
    balance: bool = Field(True, description="false: `weight` is a plain factor on its gradient, however long that is.")
    start: Fraction = Field(0.0, description="Share of the run after which the encoder begins to feel it.")
    ramp: Fraction = Field(1.0, description="Share of the run over which its weight then grows, in the shape of an S.")
    hidden: Width = Field(256, description="Width of its head's hidden layer, and of the space of a contrast.")
    temperature: Positive = Field(0.1, description="With kind = 'contrast': of the softmax over the running means.")
    momentum: Fraction = Field(0.99, description="With kind = 'contrast': decay of the running means, a step.")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Take a line as one types it; weigh what is hidden less than what is kept."""
        given = _read_line(given) if isinstance(given, str) else given
        if isinstance(given, dict) and "weight" not in given and given.get("keep") in (False, "false"):
            return {**given, "weight": HIDDEN}
        return given

    @property
    def label(self) -> str:
        """Its name in the log: letters, digits and underscores."""
        return "guide_" + re.sub(r"\W+", "_", self.column).strip("_")

    @property
    def setting(self) -> str:
        """What an error calls it."""
        return f"guides: '{self.column}'"

    @property
    def masks_missing(self) -> bool:
        """Whether images without a value are left out of its loss; else "unknown" is a value of its own."""
        return True

    def growth(self, fraction: float) -> float:
        """Give the share of the weight that counts: 0 until `start`, half of it half way up the ramp, then all.

        Parameters
        ----------
        fraction
            p, share of the run that is done, 0 to 1.

        Returns
        -------
        float
            (s(x) - s(0)) / (s(1) - s(0)) with s(x) = 1 / (1 + exp(-12 (x - 1/2))), x = (p - start) / ramp in 0 .. 1.
        """
        since = fraction - self.start
        if since <= 0.0:
            return 0.0 if self.start > 0.0 or self.ramp > 0.0 else 1.0
        x = 1.0 if since >= self.ramp else since / self.ramp
        low, high = _logistic(0.0), _logistic(1.0)
        return (_logistic(x) - low) / (high - low)

    def factor(self, fraction: float) -> float:
        """Give its signed weight at a point of the run: above 0 for what is kept, below for what is hidden."""
        strength = self.weight * self.growth(fraction)
        return strength if self.keep else -strength


class NuisanceGuide(GuideConfig):
    """The section [nuisance] as a guide: hidden, a plain factor, and "unknown" one of its values."""

    @property
    def label(self) -> str:
        """As it has always stood in the log."""
        return "nuisance"

    @property
    def setting(self) -> str:
        """As it is written."""
        return f"nuisance.column = '{self.column}'"

    @property
    def masks_missing(self) -> bool:
        """Images without a value are a group of their own."""
        return False

    def growth(self, fraction: float) -> float:
        """Give 2 / (1 + exp(-10 p)) - 1, as published: what is to be cleaned is learned first (Ganin et al. 2016)."""
        return 2.0 / (1.0 + math.exp(-10.0 * fraction)) - 1.0


def _read_line(line: str) -> dict[str, Any]:
    """Read "treatment", "hide batch", "regress log concentration", "contrast gene": the last word is the column."""
    *words, column = line.split() or [""]
    found: dict[str, Any] = {}
    while words and words[0] in _WORDS:
        found |= _WORDS[words.pop(0)]
    return {**found, "column": " ".join([*words, column])}


_WORDS: dict[str, dict[str, Any]] = {
    "keep": {"keep": True},
    "hide": {"keep": False},
    "classify": {"kind": "classify"},
    "regress": {"kind": "regress"},
    "contrast": {"kind": "contrast"},
    "log": {"log": True},
}
"""Words in front of a column, and what they set."""


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-STEEP * (x - 0.5)))
