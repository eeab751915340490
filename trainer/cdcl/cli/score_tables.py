"""Scores laid out for a terminal: of one table of profiles, and of corrections and runs side by side."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from cdcl.cli.tables import align
from cdcl.metrics import METRICS, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from cdcl.metrics import Score

_HEADER = ("score", "level", "value", "95 % interval", "chance")


def scores_in_words(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]] | None = None) -> str:
    """Lay out the scores that could be had as a table, and the reasons for those that could not.

    Each baseline gets a column with its own value of the score.
    """
    columns = {name: {(s.name, s.level): s.value for s in others} for name, others in (baselines or {}).items()}
    rows = [
        [
            *(_title(score.name), score.level, f"{score.value:.3f}", _interval(score), _number(score.chance)),
            *(_number(values.get((score.name, score.level), nan)) for values in columns.values()),
            str(score.count),
        ]
        for score in scores
        if score.available
    ]
    missing = [f"{_title(score.name)}, {score.level}: {score.note}" for score in scores if not score.available]
    table = align([*_HEADER, *columns, "n"], rows) if rows else "no score can be had"
    return "\n".join([table, *([""] if missing else []), *(f"not scored: {reason}" for reason in missing)])


def sweep_in_words(table: pd.DataFrame) -> str:
    """Lay a sweep out: a line each metric and level, a column each correction, or each run and correction."""
    several = table["run"].nunique() > 1
    table = table.assign(column=table["run"] + " " + table["correction"] if several else table["correction"])
    names = list(dict.fromkeys(table["column"]))
    scored = table[table["value"].notna()]
    keys = zip(scored["name"], scored["level"], scored["column"], strict=True)
    found = dict(zip(keys, scored["value"], strict=True))
    asked = dict.fromkeys((name, level) for name, level, _ in found)
    rows = [
        [_title(metric), level, *(_number(found.get((metric, level, name), nan)) or "-" for name in names)]
        for metric, level in asked
    ]
    failed = table[table["name"] == "correction"]
    lines = [f"not corrected by {row.column}: {row.note}" for row in failed.itertuples()]
    shown = align(["score", "level", *names], rows) if rows else "no score can be had"
    return "\n".join([shown, *([""] if lines else []), *lines])


def _title(name: str) -> str:
    metric = METRICS.get(name)
    return title_of(name) if metric is None or metric.higher_is_better else f"{metric.title} (lower is better)"


def _interval(score: Score) -> str:
    return "" if isnan(score.low) else f"{score.low:.3f} to {score.high:.3f}"


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}"
