"""Scores of several profiles side by side: corrections, runs, baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.metrics.score import Score, scores_table
from cdcl.metrics.scoring import score_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task


def compare(rows: Mapping[str, Profiles]) -> Task[dict[str, list[Score]]]:
    """Score each of several profiles by every metric; `rows` names them.

    Parameters
    ----------
    rows
        Profiles by name: sites, or wells where there is nothing finer.

    Returns
    -------
    dict
        Scores by the same names, in the same order, as `score_all` gives them.
    """
    scores = {}
    for name, profiles in rows.items():
        scores[name] = yield from score_all(profiles)
    return scores


def comparison_table(rows: Mapping[str, Sequence[Score]]) -> pd.DataFrame:
    """Lay the scores of several profiles out one below the other: `profiles` (whose), then as `scores_table`.

    Parameters
    ----------
    rows
        Scores by name, one or more.

    Returns
    -------
    DataFrame
        `profiles` (the name), then the columns of `scores_table`; a row a name, metric and level.
    """
    frames = [scores_table(scores).assign(profiles=name) for name, scores in rows.items()]
    table = pd.concat(frames, ignore_index=True)
    return table[["profiles", *table.columns.drop("profiles")]]


def beside(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]]) -> pd.DataFrame:
    """Lay scores out as `scores_table`, with a column for each baseline.

    Parameters
    ----------
    scores
        The rows of the table.
    baselines
        Scores by name; of each, the value with the same metric and level is taken.

    Returns
    -------
    DataFrame
        `scores_table`, with a column a baseline; NaN where a baseline lacks the score.
    """
    table = scores_table(scores)
    for name, others in baselines.items():
        found = {(score.name, score.level): score.value for score in others}
        table[name] = [found.get((score.name, score.level), float("nan")) for score in scores]
    return table
