"""Corrections and runs compared: all metrics as a heat map, and batches gone against biology kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from cdcl.metrics.overall import WEIGHTS
from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.palette import FAINT, INK, RULE, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from numpy.typing import NDArray

_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#8cc4e3"])
_OFFSETS = ((7, 0, "left"), (-7, 0, "right"), (0, 8, "center"), (0, -8, "center"), (7, 8, "left"), (7, -8, "left"),
            (-7, 8, "right"), (-7, -8, "right"), (14, 14, "left"), (-14, -14, "right"))  # fmt: skip


def plot_metric_table(values: pd.DataFrame, better: Sequence[bool]) -> bytes:
    """Draw a table of values, a row a metric and a column a correction; the better in its row, the darker.

    Parameters
    ----------
    values
        Index: titles of the metrics; columns: titles of the corrections; NaN where there is none.
    better
        Of each row, whether a higher value is better.
    """
    numbers = values.to_numpy(dtype=np.float64)
    figure = new_figure(3.6 + 0.62 * values.shape[1], 0.9 + 0.22 * len(values))
    axes = figure.subplots()
    axes.imshow(_goodness(numbers, better), cmap=_SHADES, vmin=0, vmax=1, aspect="auto")
    best = np.nanmax(np.where(np.array(better)[:, None], numbers, -numbers), axis=1)
    for (row, column), value in np.ndenumerate(numbers):
        won = (value if better[row] else -value) == best[row] and np.nanmin(numbers[row]) < np.nanmax(numbers[row])
        text = "\N{EN DASH}" if np.isnan(value) else f"{value:.3f}"
        weight = "bold" if won else "normal"
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=INK, fontweight=weight)
    arrows = [f"{title}  {'↑' if higher else '↓'}" for title, higher in zip(values.index, better, strict=True)]
    axes.set_yticks(range(len(values)), arrows, fontsize=8, color=INK)
    axes.set_xticks(range(values.shape[1]), list(values.columns), fontsize=8, color=INK, rotation=30, ha="left")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(values.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(values) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return to_png(figure)


def plot_trade_off(halves: pd.DataFrame) -> bytes:
    """Draw corrections by batches gone and biology kept (columns run, correction, batch, biology), each with its name.

    On a grey line the overall score is the same; it grows to the upper right. Runs differ in colour.
    """
    figure = new_figure(6.6, 5.0)
    axes = figure.subplots()
    calm(axes)
    axes.grid(visible=False)
    runs = list(dict.fromkeys(halves["run"]))
    for number, run in enumerate(runs):
        part = halves[halves["run"] == run]
        axes.plot(part["batch"], part["biology"], "o", markersize=6, color=style_of(number)[0], label=run, alpha=0.9)
    bare = (halves["correction"] == "none") & (halves["correction"].nunique() > 1)
    axes.plot(halves.loc[bare, "batch"], halves.loc[bare, "biology"], "o", markersize=11, color=INK, fillstyle="none")
    _frame(axes, halves)
    _iso_lines(axes)
    axes.set_xlabel("batches gone (mean of kBET, iLISI, BRAS, graph connectivity)", fontdict=FONT)
    axes.set_ylabel("biology kept (mean of clusters, cLISI, silhouette, mAP)", fontdict=FONT)
    if len(runs) > 1 and halves["correction"].nunique() > 1:
        figure.legend(loc="outside upper left", ncols=len(runs), frameon=False, fontsize=8, labelcolor=INK)
    _name_points(figure, axes, halves)
    return to_png(figure)


def _goodness(numbers: NDArray[np.float64], better: Sequence[bool]) -> NDArray[np.float64]:
    """Bring each row to 0 (worst) to 1 (best); where all are equal, 0."""
    signed = np.where(np.array(better)[:, None], numbers, -numbers)
    low, high = np.nanmin(signed, axis=1, keepdims=True), np.nanmax(signed, axis=1, keepdims=True)
    return np.asarray((signed - low) / np.where(high > low, high - low, 1.0))


def _frame(axes: Axes, halves: pd.DataFrame) -> None:
    """Show the points with a margin, and no axis so stretched that a hair looks like a mile."""
    for name, limit in (("batch", axes.set_xlim), ("biology", axes.set_ylim)):
        low, high = float(halves[name].min()), float(halves[name].max())
        half = max(0.6 * (high - low), 0.08)
        middle = (low + high) / 2
        limit(middle - half, middle + half)


def _iso_lines(axes: Axes) -> None:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    grid = np.array([[WEIGHTS[0] * x + WEIGHTS[1] * y for x in (left, right)] for y in (bottom, top)])
    step = 0.05 if grid.max() - grid.min() > 0.15 else 0.02
    for level in np.arange(np.ceil(grid.min() / step) * step, grid.max(), step):
        y = (level - WEIGHTS[0] * np.array([left, right])) / WEIGHTS[1]
        axes.plot([left, right], y, color=RULE, linewidth=0.9, zorder=0)
        at = right if bottom <= y[1] <= top else (level - WEIGHTS[1] * bottom) / WEIGHTS[0]
        if left + 0.06 * (right - left) < at <= right:
            height = max(float(y[1]), bottom)
            axes.annotate(
                f"{level:.2f}", (at, height), xytext=(-2, 2), textcoords="offset points", ha="right", fontsize=6.5,
                color=FAINT,
            )  # fmt: skip
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)


def _name_points(figure: Figure, axes: Axes, halves: pd.DataFrame) -> None:
    """Write each correction's name beside its point, where it hides least."""
    figure.draw_without_rendering()
    points = axes.transData.transform(halves[["batch", "biology"]].to_numpy(dtype=np.float64))
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    names = halves["correction"] if halves["correction"].nunique() > 1 else halves["run"]
    for (x, y), name in zip(halves[["batch", "biology"]].to_numpy(), names, strict=True):
        tries: list[tuple[float, Annotation, tuple[float, float, float, float]]] = []
        for number, (right, up, side) in enumerate(_OFFSETS):
            note = axes.annotate(
                str(name), (x, y), xytext=(right, up), textcoords="offset points", ha=side, va="center", fontsize=8,
                color=INK,
            )  # fmt: skip
            box = note.get_window_extent().extents
            bounds = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
            tries.append((sum(_overlap(bounds, other) for other in taken) + number, note, bounds))
        kept = min(range(len(tries)), key=lambda place: tries[place][0])
        for place, (_, note, bounds) in enumerate(tries):
            if place == kept:
                taken.append(bounds)
            else:
                note.remove()


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
