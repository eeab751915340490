"""The ladder of degrees in one picture: how each score falls as ever more of what partners share is shut out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.metrics.degrees import DEGREES, LADDERS, ladder_table, layout_sentences
from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.page import PngFigure, Section
from cdcl.report.palette import CATEGORIES, FAINT, INK

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_TEXT = (
    "The same question asked at four degrees: any other well may answer, then none of the same batch, of the same "
    "source (laboratory), of the same well position. What falls with a degree was told by what that degree shuts out."
)
_CAPTION = "Dots are values with their 95 % intervals; the orange band is what shuffled labels reach; a dash: no score."


def degrees_section(scores: pd.DataFrame) -> Section | None:
    """Show the ladders that a table of scores (as scores.csv) holds; None where it has none of two rungs."""
    table = ladder_table(scores) if len(scores) else scores
    known = table[table["value"].notna()] if len(table) else table
    if not len(known) or known.groupby("ladder").size().max() < 2:
        return None
    told = [_TEXT, *layout_sentences(scores)]
    return Section("The ladder of degrees", "\n\n".join(told), [PngFigure(plot_ladders(table), _CAPTION)])


def plot_ladders(table: pd.DataFrame) -> bytes:
    """Draw each ladder (rows of `ladder_table`) as a panel, its degrees from left to right."""
    titles = [ladder.title for ladder in LADDERS if (table["ladder"] == ladder.title).any()]
    figure = new_figure(3.4 * len(titles), 2.9)
    panels = figure.subplots(1, len(titles), squeeze=False, sharey=True)[0]
    for axes, title in zip(panels, titles, strict=True):
        _draw(axes, title, table[table["ladder"] == title])
    return to_png(figure)


def _draw(axes: Axes, title: str, rungs: pd.DataFrame) -> None:
    calm(axes)
    axes.set_title(title, fontdict={**FONT, "weight": "bold"}, loc="left")
    rows = {str(row["degree"]): row for row in rungs.to_dict("records")}
    shown = [(place, _numbers(rows.get(degree, {}))) for place, degree in enumerate(DEGREES)]
    for place, numbers in shown:
        _draw_rung(axes, place, numbers)
    points = [(place, numbers["value"]) for place, numbers in shown if not np.isnan(numbers["value"])]
    axes.plot(*zip(*points, strict=True), color=CATEGORIES[0], linewidth=1.2, alpha=0.6, zorder=2)
    names = [
        name.replace("not the same ", "not same\n").replace("any other ", "any\nother ") for name in DEGREES.values()
    ]
    axes.set_xticks(range(len(DEGREES)), names, fontsize=8, color=INK)
    axes.set_xlim(-0.5, len(DEGREES) - 0.5)
    axes.set_ylim(0, 1)


def _draw_rung(axes: Axes, place: int, numbers: dict[str, float]) -> None:
    if np.isnan(numbers["value"]):
        axes.text(place, 0.02, "\N{EN DASH}", ha="center", fontsize=9, color=FAINT)
        return
    if not np.isnan(numbers["null_low"]):
        low, high = numbers["null_low"], max(numbers["null_high"], numbers["null_low"] + 0.01)
        axes.fill_between([place - 0.32, place + 0.32], low, high, color="#d55e00", alpha=0.35, linewidth=0)
    axes.vlines(place, numbers["low"], numbers["high"], color=CATEGORIES[0], linewidth=1.4)
    axes.plot(place, numbers["value"], "o", color=CATEGORIES[0], markersize=5, zorder=3)


def _numbers(row: dict[Any, Any]) -> dict[str, float]:
    names = ("value", "low", "high", "null_low", "null_high")
    return {name: float(row.get(name, float("nan"))) for name in names}
