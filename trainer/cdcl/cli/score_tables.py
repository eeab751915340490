"""Scores laid out for a terminal: of one table of profiles, and of corrections and runs side by side."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from cdcl.cli.tables import align, fold
from cdcl.metrics import METRICS, title_of
from cdcl.metrics.centring import direction_sentences
from cdcl.metrics.degrees import layout_sentences
from cdcl.metrics.score import scores_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from cdcl.metrics import Score

WIDTH = 100
"""Characters of a line: a terminal's 80 to 120."""

_TITLE, _LEVEL_AND_NUMBERS = 40, 11
"""Characters of the columns; longer titles are wrapped."""
_HEADER = ("score", "level", "value", "95 % interval", "shuffled", "lift", "chance", "n")


def scores_in_words(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]] | None = None) -> str:
    """Lay out the scores that could be had as a table, and the reasons for those that could not.

    Baselines stand in a table of their own below. No line is longer than a terminal is wide.
    """
    known = [score for score in scores if score.available]
    rows = [
        [
            *(_titled(score.name), score.level, _number(score.value), _interval(score.low, score.high)),
            *(_null(score), _number(score.lift), _number(score.chance), _counted(score)),
        ]
        for score in known
    ]
    parts = [align(_HEADER, rows) if rows else "no score can be had"]
    if baselines and known:
        parts.append(_beside(known, baselines))
    table = scores_table(scores)
    if told := [*layout_sentences(table), *direction_sentences(table)]:
        parts.append("\n".join(fold(sentence, WIDTH) for sentence in told))
    if missing := _missing(scores):
        parts.append("\n".join(fold(reason, WIDTH) for reason in missing))
    return "\n\n".join(parts)


def _missing(scores: Sequence[Score]) -> list[str]:
    """Say what could not be had, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for one in scores:
        if not one.available:
            reasons.setdefault(one.note, []).append(f"{_title(one.name)}, {one.level}")
    return [f"not scored: {'; '.join(names)}: {note}" for note, names in reasons.items()]


def _beside(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]]) -> str:
    """Lay out what each baseline has of the same scores."""
    columns = {name: {(s.name, s.level): s.value for s in others} for name, others in baselines.items()}
    rows = [
        [
            *(_titled(score.name), score.level, _number(score.value)),
            *(_number(values.get((score.name, score.level), nan)) for values in columns.values()),
        ]
        for score in scores
    ]
    return align(["beside baselines", "level", "value", *(fold(name, _LEVEL_AND_NUMBERS) for name in columns)], rows)


def _titled(name: str) -> str:
    return fold(_title(name), _TITLE)


def _null(score: Score) -> str:
    return "" if isnan(score.null) else f"{score.null:.2f} ({score.null_low:.2f}-{score.null_high:.2f})"


def _counted(score: Score) -> str:
    """Say how many were counted, of how many that could have been asked."""
    asked = max(score.can_be_right, score.can_be_wrong)
    return f"{score.count} of {asked}" if asked > score.count else str(score.count)


def sweep_in_words(table: pd.DataFrame) -> str:
    """Lay a sweep out: a line each metric and level, a column each correction, or each run and correction."""
    several = table["run"].nunique() > 1
    table = table.assign(column=table["run"] + " " + table["correction"] if several else table["correction"])
    names = list(dict.fromkeys(table["column"]))
    scored = table[table["value"].notna()]
    keys = zip(scored["name"], scored["level"], scored["column"], strict=True)
    found = dict(zip(keys, scored["value"], strict=True))
    asked = dict.fromkeys((name, level) for name, level, _ in found)
    shown = [_part(asked, found, part) for part in _parts(names)] if asked else ["no score can be had"]
    failed = table[table["name"] == "correction"]
    lines = [fold(f"not corrected by {row.column}: {row.note}", WIDTH) for row in failed.itertuples()]
    return "\n\n".join([*shown, *(["\n".join(lines)] if lines else [])])


def _part(
    asked: Mapping[tuple[str, str], None], found: Mapping[tuple[str, str, str], float], names: Sequence[str]
) -> str:
    rows = [
        [_titled(metric), level, *(_number(found.get((metric, level, name), nan)) or "-" for name in names)]
        for metric, level in asked
    ]
    return align(["score", "level", *(fold(name, _LEVEL_AND_NUMBERS) for name in names)], rows)


def _parts(names: Sequence[str]) -> list[list[str]]:
    """Cut columns into tables that fit a terminal."""
    room, used = WIDTH - _TITLE - _LEVEL_AND_NUMBERS, 0
    parts: list[list[str]] = [[]]
    for name in names:
        wide = max(5, *(len(line) for line in fold(name, _LEVEL_AND_NUMBERS).split("\n"))) + 2
        if used + wide > room and parts[-1]:
            parts.append([])
            used = 0
        parts[-1].append(name)
        used += wide
    return parts


def _title(name: str) -> str:
    metric = METRICS.get(name)
    return title_of(name) if metric is None or metric.higher_is_better else f"{metric.title} (lower is better)"


def _interval(low: float, high: float) -> str:
    return "" if isnan(low) else f"{low:.3f} to {high:.3f}"


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}"
