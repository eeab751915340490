"""The demo's table: what each way to describe a field of view is worth, with 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.metrics import METRICS, Score, scores_table
from cdcl.profiles import aggregate, standardise_plates

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles

COLUMNS = {
    ("treatment_unseen_batch", "site"): "treatment, site",
    ("treatment_unseen_batch", "well"): "treatment, well",
    ("batch_recognised", "site"): "batch, site",
    ("kbet", "site"): "kBET",
    ("ilisi", "site"): "iLISI",
}
"""The scores of the table, and their short titles."""

Z_SCORED = " + plate z-score"
"""Behind the name of a row whose features were standardised plate by plate."""


@dataclass(frozen=True)
class Comparison:
    """The scores of each row of the table, in the order of `COLUMNS`.

    Attributes
    ----------
    rows
        Scores by the name of the row.
    """

    rows: dict[str, list[Score]]

    def score(self, row: str, metric: str = "treatment_unseen_batch", level: str = "site") -> Score:
        """Give one cell."""
        return next(score for score in self.rows[row] if (score.name, score.level) == (metric, level))

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Give header and rows as text: value and interval; the last row is chance."""
        body = [[name, *map(_cell, scores)] for name, scores in self.rows.items()]
        chances = [f"{score.chance:.2f}" for score in next(iter(self.rows.values()))]
        return ["", *COLUMNS.values()], [*body, ["chance", *chances]]


def score_row(profiles: Profiles) -> list[Score]:
    """Score the site profiles of one row, on sites and wells as `COLUMNS` say."""
    levels = {"site": profiles, "well": aggregate(profiles, "well")}
    return [replace(METRICS[name].measure(levels[level]), name=name) for name, level in COLUMNS]


def standardised(profiles: Profiles) -> Profiles:
    """Standardise features plate by plate: every plate holds the same treatments, so all its sites are reference."""
    return standardise_plates(profiles, reference="all")


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write all scores as CSV, in one move.

    Parameters
    ----------
    path
        Of the file: the columns of scores.csv (`cdcl.metrics.scores_table`) behind a first column, `profiles`, that
        says whose they are.
    """
    frames = [scores_table(scores).assign(profiles=name) for name, scores in comparison.rows.items()]
    table = pd.concat(frames, ignore_index=True)
    with replaced_file(path) as temporary:
        table[["profiles", *table.columns.drop("profiles")]].to_csv(temporary, index=False)


def _cell(score: Score) -> str:
    if not score.available:
        return "-"
    return f"{score.value:.2f}" + ("" if isnan(score.low) else f" ({score.low:.2f}-{score.high:.2f})")
