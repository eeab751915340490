"""Tables of a report: plain ones, and scores as bars with their intervals."""

from __future__ import annotations

from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.metrics import METRICS, title_of
from cdcl.metrics.score import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from cdcl.metrics import Score

_NOTHING = "\N{EN DASH}"

_BAR = 140
"""Width of a bar from 0 to 1, in pixels."""


def plain_table(rows: Iterable[Sequence[object]], header: Sequence[str] = ()) -> str:
    """Lay rows of cells out as an HTML table.

    Parameters
    ----------
    rows
        Cells of any type; text is escaped, `Html` is taken as it is, numbers are set to the right.
    header
        Column names; none makes a table without a head.

    Returns
    -------
    str
        A `<div>` that scrolls where the table is too wide.
    """
    head = f"<thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in header)}</tr></thead>" if header else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<div class='scroll'><table>{head}<tbody>{body}</tbody></table></div>"


def scores_html(scores: pd.DataFrame) -> str:
    """Lay scores (columns of `scores_table`) out as bars with 95 % intervals and a tick at chance.

    Further columns are baselines: what they have of the same score stands beside. Scores that could not be had stand in
    a list beneath, with the reason.

    Parameters
    ----------
    scores
        The columns of `scores_table`; further columns are baselines.

    Returns
    -------
    str
        HTML: the table, and the list of what is not available.
    """
    known = scores["value"].notna()
    baselines = [str(name) for name in scores if name not in COLUMNS and name != "run"]
    header = ("Metric", "", "Value", "Shuffled labels", "Chance", *baselines, "Asked")
    table = plain_table([_score_row(row, baselines) for row in scores[known].to_dict("records")], header)
    reasons = scores[~known].groupby(["name", "note"], sort=False)["level"].agg(", ".join).reset_index()
    missing = "".join(
        f"<li>{escape(title_of(row['name']))} ({escape(row['level'])}): {escape(row['note'])}</li>"
        for row in reasons.to_dict("records")
    )
    return table + (f"<p class='quiet'>Not available:</p><ul class='quiet'>{missing}</ul>" if missing else "")


def comparison_html(methods: Mapping[str, Sequence[Score]]) -> str:
    """Lay the scores of several methods side by side: a row a method, a column a metric and level.

    The best of each column is bold, chance is the last row; metrics that no method has are left out.

    Parameters
    ----------
    methods
        Scores by the name of the method.

    Returns
    -------
    str
        HTML, as of `plain_table`.
    """
    columns = list(dict.fromkeys((s.name, s.level) for scores in methods.values() for s in scores if s.available))
    found = {name: {(s.name, s.level): s for s in scores} for name, scores in methods.items()}
    rows = [
        [name, *(_compared(scores.get(column), [each.get(column) for each in found.values()]) for column in columns)]
        for name, scores in found.items()
    ]
    chances = [next(each[column].chance for each in found.values() if column in each) for column in columns]
    rows.append(
        [
            Html("<span class='quiet'>chance</span>"),
            *(Html(f"<span class='quiet'>{_number(c)}</span>") for c in chances),
        ]
    )
    return plain_table(rows, ["", *(f"{title_of(name)} ({level}) {_arrow(name)}" for name, level in columns)])


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def _arrow(name: str) -> str:
    return "" if name not in METRICS else "↑" if METRICS[name].higher_is_better else "↓"


def _cell(value: object) -> str:
    if isinstance(value, Html):
        return f"<td>{value}</td>"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"<td>{escape(str(value))}</td>"
    return f"<td class='number'>{_number(value)}</td>"


def _number(value: float) -> str:
    if isinstance(value, float) and isnan(value):
        return _NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _score_row(score: Mapping[Hashable, Any], baselines: Sequence[str] = ()) -> list[object]:
    numbers = {name: float(str(score[name])) for name in ("value", "low", "high", "chance", "count")}
    others = [float(str(score[name])) for name in baselines]
    arrow = "↑" if score["higher_is_better"] else "↓"
    note = str(score["note"]) if pd.notna(score["note"]) else ""
    below = "<br><span class='quiet whole'>{}</span>".format
    more = f"<details class='quiet'><summary>{escape(str(score['level']))}</summary>{escape(note)}</details>"
    about = more if note else f"<div class='quiet'>{escape(str(score['level']))}</div>"
    nulls = [float(str(score.get(name, "nan"))) for name in ("null", "null_low", "null_high")]
    return [
        Html(f"<div class='metric'>{escape(title_of(str(score['name'])))} {arrow}</div>{about}"),
        Html(_bar({**numbers, **dict(zip(("null", "null_low", "null_high"), nulls, strict=True))})),
        Html(f"<b>{numbers['value']:.3f}</b>{below(_interval(numbers['low'], numbers['high']))}"),
        Html(f"{_rounded(nulls[0])}{below(_interval(*nulls[1:]))}"),
        *(Html(f"<span class='quiet'>{_rounded(value)}</span>") for value in (numbers["chance"], *others)),
        _counted(score),
    ]


def _counted(score: Mapping[Hashable, Any]) -> str:
    """Say how many were counted, of how many that could have been asked."""
    count = int(score["count"])
    able = [score.get(name) for name in ("can_be_right", "can_be_wrong")]
    asked = max((int(number) for number in able if number is not None and pd.notna(number)), default=0)
    return f"{count:,} of {asked:,}" if asked > count else f"{count:,}"


def _rounded(value: float) -> str:
    return _NOTHING if isnan(value) else f"{value:.3f}"


def _interval(low: float, high: float) -> str:
    return _NOTHING if isnan(low) or isnan(high) else f"{low:.3f} to {high:.3f}"


def _bar(score: Mapping[str, float]) -> str:
    """Draw value, interval, chance and what shuffled labels reach on a scale from 0 to 1."""
    at = {name: _BAR * min(1.0, max(0.0, value)) for name, value in score.items() if not isnan(value)}
    parts = [
        f"<rect y='4' width='{_BAR}' height='8' class='track'/>",
        f"<rect y='4' width='{at['value']:.1f}' height='8' class='bar'/>",
    ]
    if "null_low" in at and "null_high" in at:
        wide = max(2.0, at["null_high"] - at["null_low"])
        parts.append(f"<rect x='{at['null_low']:.1f}' y='2' width='{wide:.1f}' height='12' class='null'/>")
    if "low" in at and "high" in at:
        parts.append(
            f"<path d='M{at['low']:.1f} 8H{at['high']:.1f}M{at['low']:.1f} 5v6M{at['high']:.1f} 5v6' class='whisker'/>"
        )
    if "chance" in at:
        parts.append(f"<path d='M{at['chance']:.1f} 1v14' class='chance'/>")
    return f"<svg width='{_BAR}' height='16' role='img' aria-label='{score['value']:.3f}'>{''.join(parts)}</svg>"


def _compared(score: Score | None, rivals: Sequence[Score | None]) -> Html:
    if score is None or not score.available:
        return Html(_NOTHING)
    values = [rival.value for rival in rivals if rival is not None and rival.available]
    best = score.value == (max(values) if score.higher_is_better else min(values))
    text = f"<b>{score.value:.3f}</b>" if best and len(values) > 1 else f"{score.value:.3f}"
    limits = "" if isnan(score.low) else f"<br><span class='quiet whole'>{score.low:.2f} to {score.high:.2f}</span>"
    return Html(text + limits)
