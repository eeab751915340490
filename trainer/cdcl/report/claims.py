"""What recognition scores say, one claim a question, with the rivals that do as well; words follow the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.metrics.score import nothing_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdcl.metrics.score import Nothing

QUESTIONS = (
    {
        "treatment_unseen_batch": "Treatments are recognised in batches that the network was never trained on",
        "treatment_other_batch": "Treatments are recognised from profiles of another batch",
        "treatment_other_plate": "Treatments are recognised from profiles of another plate",
    },
    {
        "nscb": "Mechanisms are matched by a treatment of another compound and batch (NSCB)",
        "nsc": "Mechanisms are matched by a treatment of another compound (NSC)",
        "mechanism_other_compound": "Mechanisms are recognised from profiles of another compound",
    },
)
"""Of each question the first score that could be had speaks: the hardest."""

BASELINES = ("untrained network", "intensity statistics", "batch and position", "cell count", "noise")
"""Whose columns are named beside a score."""


@dataclass(frozen=True)
class Claim:
    """A score in words.

    Attributes
    ----------
    name
        A key of `METRICS`.
    nothing
        What knowing nothing gives, and whether the value is more.
    rivals
        Value of each baseline that was scored.
    """

    name: str
    words: str
    value: float
    low: float
    high: float
    nothing: Nothing
    rivals: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether the value is above what knowing nothing gives."""
        return self.nothing.beaten

    def sentence(self) -> str:
        """Say value, interval, what knowing nothing gives, and how the baselines do."""
        told = f"{self.words} in {self.value:.0%} of cases (95 % interval {self.low:.0%} to {self.high:.0%}; "
        end = "" if self.holds else ", no better than that"
        if self.nothing.touched:
            end = ", above that, though its interval reaches down to it"
        return f"{told}{self.nothing.words}){end}.{self._rivals()}"

    def _rivals(self) -> str:
        if not self.rivals:
            return ""
        groups: dict[str, list[str]] = {"do better": [], "do as well": [], "do less well": []}
        for name, value in self.rivals.items():
            kind = "do better" if value > self.high else "do less well" if value < self.low else "do as well"
            groups[kind].append(f"{name} ({value:.0%})")
        told = [f"{kind}: {', '.join(names)}" for kind, names in groups.items() if names]
        good = len(groups["do less well"]) < len(self.rivals)
        merit = " What they can do as well is no merit of the training." if good else ""
        return f" Of the baselines, {'; '.join(told)}.{merit}"


def claims(scores: pd.DataFrame) -> list[Claim]:
    """Read the claims off scores, of their coarsest level (`name` is the index)."""
    names = [next((name for name in question if name in scores.index), None) for question in QUESTIONS]
    return [_claim(scores, name, question[name]) for name, question in zip(names, QUESTIONS, strict=True) if name]


def verdict(found: Iterable[Claim], num_active: int) -> str:
    """Weigh all that was scored: recognition of treatments, of mechanisms, and treatments unlike controls."""
    found = list(found)
    if not found:
        return ""
    if any(claim.holds for claim in found):
        return "The profiles hold something of what treatments do."
    if num_active:
        return "Recognition is no better than guessing; some treatments differ from the controls all the same."
    return "Nothing that was asked is answered better than by guessing: maps of these profiles tell no treatments."


def _claim(scores: pd.DataFrame, name: str, words: str) -> Claim:
    row: dict[str, Any] = {str(key): value for key, value in scores.loc[name].items()}
    rivals = {one: float(row[one]) for one in BASELINES if pd.notna(row.get(one))}
    value, low, high = (float(row[key]) for key in ("value", "low", "high"))
    return Claim(name, words, value, low, high, nothing_of(row), rivals)
