"""A score: one number, how sure it is, and what it would be if the profiles knew nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Score:
    """The value of a metric.

    Attributes
    ----------
    name
        A key of `METRICS`, or what the metric calls itself.
    value
        NaN where there is none; `note` then says why.
    low, high
        95 % interval; NaN where none is known.
    count
        Number of profiles, treatments or labels that the value is an average of.
    chance
        The value expected of profiles that carry no information on what is asked.
    higher_is_better
        Whether a good embedding has a high value.
    groups
        One row a label or profile: `label`, `value`, `count`, or what the metric's docstring says.
    note
        One line: what was left out, or why there is no value.
    level
        What was scored: cell, site, well or treatment profiles.
    mcc, macro_f1
        Where the value is an accuracy: Matthews' correlation coefficient (R_K of Gorodkin 2004), and F1 averaged over
        labels. NaN elsewhere.
    null, null_low, null_high
        Mean and 95 % interval of the value when labels are shuffled: see `cdcl.metrics.shuffling`. NaN where labels
        were not shuffled.
    can_be_right, can_be_wrong
        Of what is counted (queries, or labels), how many have a right answer, and a wrong one, among the profiles that
        may answer; only what has both is counted. 0 where a metric asks no queries.
    """

    name: str
    value: float
    low: float = nan
    high: float = nan
    count: int = 0
    chance: float = nan
    higher_is_better: bool = True
    groups: pd.DataFrame | None = None
    note: str = ""
    level: str = ""
    mcc: float = nan
    macro_f1: float = nan
    null: float = nan
    null_low: float = nan
    null_high: float = nan
    can_be_right: int = 0
    can_be_wrong: int = 0

    @property
    def lift(self) -> float:
        """The value less the mean of shuffled labels; NaN without a null."""
        return self.value - self.null

    @property
    def available(self) -> bool:
        """Whether there is a value."""
        return not isnan(self.value)


def unavailable(name: str, reason: str, *, level: str, higher_is_better: bool = True) -> Score:
    """Give the score that says why there is none."""
    return Score(name, nan, higher_is_better=higher_is_better, note=reason, level=level)


def in_words(*parts: str) -> str:
    """Join what there is to note to one line."""
    return "; ".join(filter(None, parts))


@dataclass(frozen=True)
class Nothing:
    """What knowing nothing gives, and whether a value is more: one rule for every sentence on a score.

    Attributes
    ----------
    reached
        The upper end of what shuffled labels reach, or chance where labels were not shuffled.
    shuffled
        Which of the two it is.
    beaten
        Whether the value lies above it. Shuffled labels have their own spread, as the band in the tables shows: a value
        above the band is more. Chance is one number, so there the value's interval has to lie above.
    touched
        Whether it is beaten, and the value's interval still reaches down to it.
    """

    reached: float
    shuffled: bool
    beaten: bool
    touched: bool

    @property
    def words(self) -> str:
        """Say what knowing nothing gives, in percent."""
        return f"{'shuffled labels reach' if self.shuffled else 'guessing'}: {self.reached:.0%}"


def nothing_of(row: Mapping[Any, Any]) -> Nothing:
    """Hold a row of scores.csv (value, low, chance, and null_high where labels were shuffled) against nothing."""
    null, value, low = (float(row.get(name, nan)) for name in ("null_high", "value", "low"))
    shuffled = not isnan(null)
    reached = null if shuffled else float(row["chance"])
    beaten = value > reached if shuffled else low > reached
    return Nothing(reached, shuffled, beaten, beaten and low <= reached)


COLUMNS = (
    *("name", "level", "value", "low", "high", "chance", "count", "higher_is_better", "note", "mcc", "macro_f1"),
    *("null", "null_low", "null_high", "lift", "can_be_right", "can_be_wrong"),
)
"""The columns of scores.csv."""


def scores_table(scores: Iterable[Score]) -> pd.DataFrame:
    """Lay scores out as scores.csv has them, one row each; the per-group tables are left out.

    Returns
    -------
    DataFrame
        The columns `COLUMNS`.
    """
    return pd.DataFrame([[getattr(score, name) for name in COLUMNS] for score in scores], columns=list(COLUMNS))


def labels_table(scores: Iterable[Score]) -> pd.DataFrame:
    """Lay the per-group tables of scores out below each other: `name`, `level`, then their own columns.

    A row is a label (a treatment, a batch, a mechanism), `label`, with its `value` and `count`; of mean average
    precisions `p`, `q` and `retrieved` too.

    Returns
    -------
    DataFrame
        `name`, `level`, `label`, `value`, `count`, then whatever else a metric tells of a label; NaN where another
        tells it.
    """
    known = [score for score in scores if score.available and score.groups is not None and len(score.groups)]
    frames = [score.groups.assign(name=score.name, level=score.level) for score in known if score.groups is not None]
    if not frames:
        return pd.DataFrame(columns=["name", "level", "label", "value", "count"])
    table = pd.concat(frames, ignore_index=True)
    first = ["name", "level", *(name for name in ("label", "value", "count") if name in table)]
    return table[[*first, *(name for name in table if name not in first)]]
