"""Dose-response curves as small multiples."""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from cdcl.doses import hill, read_curves
from cdcl.report.canvas import calm, new_figure, to_png
from cdcl.report.palette import ACCENT, FAINT, INK, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from cdcl.doses import Curve, DoseSeries

COLUMNS = 4
"""Curves beside each other on a page's width, each wide enough for five decades."""
WIDTH = 36
"""Letters of a reason that fit above a curve."""
MOST_CURVES = 48
"""Twelve rows of four: more is a second page."""


def plot_dose_curves(
    table: pd.DataFrame, series: Sequence[DoseSeries], values: NDArray[np.float64], batches: NDArray[np.str_]
) -> bytes:
    """Draw the curve of each compound over its wells, coloured by batch; controls stand at the left. PNG.

    Parameters
    ----------
    table
        Curves as from `fit_curves`, in the order of `series`; the first `MOST_CURVES` are drawn.
    values, batches
        Response and batch of each well, (N,).
    """
    curves = read_curves(table.head(MOST_CURVES))
    shown = list(zip(curves, series, strict=False))
    rows = ceil(len(shown) / COLUMNS)
    figure = new_figure(10.0, 2.3 * rows + 0.4)
    names = list(dict.fromkeys(batches.tolist()))
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis, (curve, one) in zip(axes, shown, strict=False):
        _draw_one(axis, curve, one, (values, batches), names)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    figure.supxlabel("dose (controls at the left)", color=INK, fontsize=9)
    figure.supylabel(str(table["response"].iloc[0]) if len(table) else "", color=INK, fontsize=9)
    return to_png(figure)


def _draw_one(
    axis: Axes, curve: Curve, series: DoseSeries, wells: tuple[NDArray[np.float64], NDArray[np.str_]], names: list[str]
) -> None:
    values, batches = wells
    calm(axis)
    positions, zero = _positions(series)
    for number, batch in enumerate(names):
        own = batches[series.rows] == batch
        axis.plot(positions[own], values[series.rows][own], ".", color=style_of(number)[0], markersize=4, alpha=0.7)
    if not curve.reason:
        _draw_curve(axis, curve, positions[series.doses > 0])
    ticks = np.unique(np.round(positions[series.doses > 0]))[-4:]
    axis.set_xticks([zero, *ticks], ["0", *(f"{10**tick:g}" for tick in ticks)])
    axis.set_title(_title(curve), fontsize=8, color=INK if not curve.reason else FAINT, parse_math=False)


def _positions(series: DoseSeries) -> tuple[NDArray[np.float64], float]:
    """Give log10 of the doses, with controls a step left of the lowest dose."""
    doses = series.log_doses
    known = np.isfinite(doses)
    zero = float(doses[known].min() - 1.0) if known.any() else 0.0
    return np.where(known, doses, zero), zero


def _draw_curve(axis: Axes, curve: Curve, tested: NDArray[np.float64]) -> None:
    along = np.linspace(tested.min() - 0.5, tested.max() + 0.2, 100)
    share = hill(along, np.log10(curve.ec50), curve.slope)
    axis.plot(along, curve.bottom + (curve.top - curve.bottom) * share, color=ACCENT, linewidth=1.4)
    axis.axvspan(np.log10(curve.ec50_low), np.log10(curve.ec50_high), color=ACCENT, alpha=0.12, linewidth=0)
    axis.axvline(np.log10(curve.ec50), color=ACCENT, linewidth=0.8, linestyle=":")


def _title(curve: Curve) -> str:
    if curve.reason:
        return f"{curve.compound}\n{fill(curve.reason, WIDTH)}"
    interval = f"{curve.ec50_low:.2g} to {curve.ec50_high:.2g}"
    return f"{curve.compound}\nEC50 {curve.ec50:.2g} ({interval})"
