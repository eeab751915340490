"""Which treatments are active: each one's mean average precision against the controls of its plates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.page import PngFigure, Section
from cdcl.report.palette import ACCENT, FAINT, INK
from cdcl.report.summary import active_treatments, could_be_active
from cdcl.report.tables import plain_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from cdcl.report.findings import Findings

MOST_TREATMENTS = 40
"""More lines than these are not read."""

_TEXT = (
    "Each profile of a treatment looks for the others of it among the negative controls of its plate. 1 means that it "
    "finds all of them first: the treatment looks like itself and unlike a control. Below a q of 0.05 a treatment "
    "counts as active; of all that do, 5 % do so by accident. Few replicates or few controls cannot reach that however "
    "strong the effect is, so what is not called active is not thereby inactive."
)


def activity_section(found: Findings) -> Section | None:
    """Draw and list the treatments, the most active first."""
    table = active_treatments(found.by_label)
    if not len(table):
        return None
    scores = found.coarsest()
    chance = float(scores["chance"].get("map_activity", float("nan")))
    note = str(scores["note"].get("map_activity", ""))
    shown = table.head(MOST_TREATMENTS)
    left = len(table) - len(shown)
    caption = "Filled: active (q < 0.05). The dashed line is what chance gives." + (
        f" {left} more are in scores-by-label.csv." if left else ""
    )
    listed = shown[shown["retrieved"]] if shown["retrieved"].any() else shown.head(5)
    rows = [
        [row["label"], f"{row['value']:.3f}", int(row["count"]), _small(row["q"]), _told(row)]
        for row in listed.assign(able=could_be_active(table)[listed.index]).to_dict("records")
    ]
    figures = [PngFigure(plot_activity(shown, chance), caption)]
    header = ("Treatment", "mAP", "Profiles", "q", "Active")
    return Section("Which treatments are active", f"{_TEXT}\n\n{note}", figures, [plain_table(rows, header)])


def plot_activity(table: pd.DataFrame, chance: float) -> bytes:
    """Draw one dot a treatment (columns label, value, retrieved), the first at the top."""
    figure = new_figure(7.2, 0.6 + 0.19 * len(table))
    axes = figure.subplots()
    calm(axes)
    places, values = range(len(table))[::-1], table["value"].astype(float).tolist()
    for place, value, retrieved in zip(places, values, table["retrieved"].tolist(), strict=True):
        colour = ACCENT if retrieved else FAINT
        axes.plot([0, value], [place, place], color=colour, linewidth=0.8, alpha=0.5)
        axes.plot(value, place, "o", markersize=5, color=colour, fillstyle="full" if retrieved else "none")
    if chance == chance:
        axes.axvline(chance, color=INK, linewidth=0.8, linestyle="--")
    axes.set_yticks(list(places), [_short(str(name)) for name in table["label"]], fontsize=7.5)
    axes.set_ylim(-0.8, len(table) - 0.2)
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("mean average precision against controls", fontdict=FONT)
    return to_png(figure)


def _told(row: Mapping[Hashable, Any]) -> str:
    return "yes" if row["retrieved"] else "no" if row["able"] else "cannot be told"


def _small(number: float) -> str:
    return "" if number != number else "< 0.001" if number < 0.001 else f"{number:.3f}"


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33]}…"
