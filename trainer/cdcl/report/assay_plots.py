"""Plots of an assay's quality: drift of controls over plates, and what plates are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.quality.assay import DRIFTED
from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.palette import CATEGORIES, FAINT, INK, style_of

if TYPE_CHECKING:
    import pandas as pd

MOST_BARS = 40
"""More are too narrow for their names."""
_MOST_TICKS = 60
"""More names would overlap on a page's width."""


def plot_drift(plates: pd.DataFrame) -> bytes:
    """Draw the drift of each plate's controls in their order (columns plate, order, drift), a colour a batch."""
    figure = new_figure(7.2, 2.9)
    axes = figure.subplots()
    calm(axes)
    batches = plates["plate"].str.rpartition("/")[0]
    for number, batch in enumerate(dict.fromkeys(batches)):
        part = plates[batches == batch]
        axes.vlines(part["order"], 0, part["drift"], color=FAINT, linewidth=0.8)
        axes.plot(part["order"], part["drift"], "o", markersize=5, color=style_of(number)[0], label=batch or "plates")
    axes.axhline(DRIFTED, color=INK, linewidth=0.8, linestyle="--")
    axes.set_ylim(0, max(1.1 * DRIFTED, 1.08 * float(plates["drift"].max())))
    if len(plates) <= _MOST_TICKS:
        names = plates["plate"].str.rpartition("/")[2]
        axes.set_xticks(plates["order"], names, rotation=60, ha="right", rotation_mode="anchor", fontsize=6.5)
    else:
        axes.set_xlabel("plate, in the order of the table", fontdict=FONT)
    alone = "reference" in plates and set(plates["reference"]) == {"all"}
    axes.set_ylabel("drift of wells" if alone else "drift of controls", fontdict=FONT)
    if 1 < batches.nunique() <= 16:
        figure.legend(loc="outside right upper", frameon=False, fontsize=7.5, labelcolor=INK)
    return to_png(figure)


def plot_composition(plates: pd.DataFrame) -> bytes:
    """Draw a bar a plate (columns plate, A1, A2, ..., drift), the plates that differ most first."""
    measure = "control_drift" if "control_drift" in plates else "drift"
    shown = plates.sort_values(measure, ascending=False).head(MOST_BARS)
    names = [name for name in map(str, plates) if name.startswith("A") and name[1:].isdigit()]
    figure = new_figure(7.2, 0.9 + 0.2 * len(shown))
    axes = figure.subplots()
    calm(axes)
    axes.grid(visible=False)
    start, places = np.zeros(len(shown)), np.arange(len(shown))[::-1]
    for number, name in enumerate(names):
        widths = shown[name].to_numpy(dtype=np.float64)
        colour, alpha = CATEGORIES[number % len(CATEGORIES)], 0.85 if number < len(CATEGORIES) else 0.45
        axes.barh(places, widths, left=start, height=0.8, color=colour, alpha=alpha, label=name)
        start += widths
    axes.set_yticks(places, shown["plate"].tolist(), fontsize=7)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the weight of its wells", fontdict=FONT)
    figure.legend(loc="outside right upper", frameon=False, fontsize=7.5, labelcolor=INK)
    return to_png(figure)
