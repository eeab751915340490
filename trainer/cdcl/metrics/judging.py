"""What a correction did to every score: better, worse or neither, by the intervals of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cdcl.metrics.overall import OVERALL
from cdcl.metrics.scoring import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict = Literal["better", "worse", "same"]

SAME = 0.02
"""Values without an interval that differ by less are called equal: a fiftieth of the scale from 0 to 1."""

NONE = "none"
"""What scores without a correction are filed under."""


@dataclass(frozen=True)
class Change:
    """A score before and after.

    Attributes
    ----------
    after
        NaN where it has no value any more.
    verdict
        "better" only where neither value lies in the other's interval; "worse" where one lies outside already: what a
        correction gains has to be shown, what it costs may be suspected.
    """

    name: str
    before: float
    after: float
    verdict: Verdict


@dataclass(frozen=True)
class Judgement:
    """All changes that a correction made.

    Attributes
    ----------
    helps
        Something scored gets better, and nothing scored gets worse: only then is a correction recommended.
    """

    correction: str
    changes: tuple[Change, ...]

    def of(self, verdict: Verdict) -> tuple[Change, ...]:
        """Give the changes of a verdict."""
        return tuple(change for change in self.changes if change.verdict == verdict)

    @property
    def helps(self) -> bool:
        """Whether something gets better and nothing worse."""
        return bool(self.of("better")) and not self.of("worse")


def coarsest(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep of each metric the last score with a value, which is of the coarsest level; `name` is the index."""
    if not len(scores):
        return scores.reindex(columns=["level", "value", "low", "high", "chance", "count", "note"])
    return scores[scores["value"].notna()].drop_duplicates("name", keep="last").set_index("name")


def judge_corrections(sweep: pd.DataFrame) -> list[Judgement]:
    """Judge every correction of one table of profiles (columns `correction`, then those of scores.csv).

    Arevalo et al.'s overall score takes no part: most of it is there without any label, so it can rise while biology
    falls.
    """
    parts = {str(name): coarsest(part) for name, part in sweep.groupby("correction", sort=False)} if len(sweep) else {}
    before = parts.pop(NONE, None)
    if before is None:
        return []
    return [Judgement(name, tuple(_changes(before, after))) for name, after in parts.items() if len(after)]


def best_correction(sweep: pd.DataFrame) -> Judgement | None:
    """Give the correction that helps and improves most scores; where none helps, the one with most left of its gains.

    None where no correction was scored, or none makes anything better.
    """
    judged = [one for one in judge_corrections(sweep) if one.of("better")]
    return max(judged, key=lambda one: (one.helps, len(one.of("better")) - len(one.of("worse"))), default=None)


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> list[Change]:
    found = []
    for name in map(str, before.index):
        if name == OVERALL:
            continue
        old = _numbers(before, name)
        new = _numbers(after, name) if name in after.index else dict.fromkeys(old, float("nan"))
        found.append(Change(name, old["value"], new["value"], _verdict(name, old, new)))
    return found


def _numbers(table: pd.DataFrame, name: str) -> dict[str, float]:
    return {column: float(table.loc[name, column]) for column in ("value", "low", "high")}  # type: ignore[arg-type]


def _verdict(name: str, old: Mapping[str, float], new: Mapping[str, float]) -> Verdict:
    if pd.isna(new["value"]):
        return "worse"
    higher = name not in METRICS or METRICS[name].higher_is_better
    gain = (new["value"] - old["value"]) * (1 if higher else -1)
    apart = [_outside(old["value"], new), _outside(new["value"], old)]
    if gain > 0:
        return "better" if all(apart) else "same"
    return "worse" if gain < 0 and any(apart) else "same"


def _outside(value: float, other: Mapping[str, float]) -> bool:
    if pd.isna(other["low"]) or pd.isna(other["high"]):
        return abs(value - other["value"]) > SAME
    return not other["low"] <= value <= other["high"]
