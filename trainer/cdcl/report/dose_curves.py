"""Dose-response curves as small multiples."""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from cdcl.doses import hill, points_of, read_curves
from cdcl.report.canvas import calm, new_figure, to_png, to_svg
from cdcl.report.palette import ACCENT, FAINT, INK, style_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from cdcl.doses import Curve

COLUMNS = 4
"""Curves beside each other on a page's width, each wide enough for five decades."""
WIDTH = 36
"""Letters of a reason that fit above a curve."""
MOST_CURVES = 48
"""Twelve rows of four: more is a second page."""


def plot_dose_curves(curves: pd.DataFrame, points: pd.DataFrame, form: str = "png") -> bytes:
    """Draw the curve of each compound over its wells, coloured by batch; controls stand at the left.

    Parameters
    ----------
    curves
        As from `fit_curves`, in the order in which they are drawn; the first `MOST_CURVES` are.
    points
        As from `dose_points`.
    form
        "png" or "svg".

    Returns
    -------
    bytes
        Of the picture.
    """
    shown = read_curves(curves.head(MOST_CURVES))
    rows = max(1, ceil(len(shown) / COLUMNS))
    figure = new_figure(10.0, 2.3 * rows + 0.4)
    batches = _batches(points)
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis, curve in zip(axes, shown, strict=False):
        _draw_one(axis, curve, points_of(points, curve.compound), batches)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    units = sorted(set(points["concentration_unit"]) - {""})
    unit = f" in {units[0]}" if len(units) == 1 else ""
    figure.supxlabel(f"dose{unit} (controls at the left)", color=INK, fontsize=9)
    figure.supylabel(str(curves["response"].iloc[0]) if len(curves) else "", color=INK, fontsize=9)
    return to_png(figure) if form == "png" else to_svg(figure)


def _batches(points: pd.DataFrame) -> list[str]:
    """Name the batches in the order of the table; plates where no batch is known."""
    return list(dict.fromkeys(_batch_of(points)))


def _batch_of(points: pd.DataFrame) -> list[str]:
    return points["batch" if (points["batch"] != "").any() else "plate"].astype(str).tolist()


def _draw_one(axis: Axes, curve: Curve, wells: pd.DataFrame, batches: list[str]) -> None:
    calm(axis)
    positions, zero = _positions(wells["dose"].to_numpy(dtype=np.float64))
    values, own = wells["response"].to_numpy(dtype=np.float64), np.array(_batch_of(wells), dtype=object)
    for number, batch in enumerate(batches):
        there = own == batch
        axis.plot(positions[there], values[there], ".", color=style_of(number)[0], markersize=4, alpha=0.7)
    tested = positions[wells["dose"].to_numpy(dtype=np.float64) > 0]
    if not curve.reason:
        _draw_curve(axis, curve, tested)
    ticks = np.unique(np.round(tested))[-4:]
    axis.set_xticks([zero, *ticks], ["0", *(f"{10**tick:g}" for tick in ticks)])
    axis.set_title(_title(curve), fontsize=8, color=INK if not curve.reason else FAINT, parse_math=False)


def _positions(doses: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Give log10 of the doses, with controls a step left of the lowest dose."""
    known = doses > 0
    logs = np.log10(np.where(known, doses, 1.0))
    zero = float(logs[known].min() - 1.0) if known.any() else 0.0
    return np.where(known, logs, zero), zero


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
