"""The plots of a report, each a PNG."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from cdcl.report.canvas import FONT, bare, calm, new_figure, to_png, to_small_png
from cdcl.report.composite import composite
from cdcl.report.palette import CATEGORIES, FAINT, INK, MOST_STYLES, style_of
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

_PANEL = 3.6
"""Inches of a small multiple."""

_OTHER = "other"
_UNKNOWN = "unknown"


class Embedding(NamedTuple):
    """One map among several.

    Attributes
    ----------
    title
        Above it.
    points
        (N, 2).
    labels
        (N,); missing or "" is unknown.
    legend_title
        Above the legend.
    """

    title: str
    points: NDArray[np.floating]
    labels: Sequence[object] | pd.Series | NDArray[np.generic]
    legend_title: str = ""


def plot_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]], *, xlabel: str = "step", ylabel: str = "loss"
) -> bytes:
    """Plot named curves on common axes; each is smoothed, with the raw one faint behind it.

    Parameters
    ----------
    curves
        By name, steps and values, (n,) each.
    xlabel, ylabel
        What the axes say.

    Returns
    -------
    bytes
        A PNG.
    """
    figure = new_figure(7.2, 2.9)
    axes = figure.subplots()
    calm(axes)
    for number, (name, (steps, values)) in enumerate(curves.items()):
        colour = CATEGORIES[number % len(CATEGORIES)]
        series = pd.Series(np.asarray(values, dtype=np.float64), index=np.asarray(steps))
        axes.plot(series.index, series, color=colour, linewidth=0.8, alpha=0.3)
        axes.plot(series.index, _smooth(series), color=colour, linewidth=1.6, label=name)
    axes.set_xlabel(xlabel, fontdict=FONT)
    axes.set_ylabel(ylabel, fontdict=FONT)
    axes.margins(x=0.01)
    if len(curves) > 1:
        figure.legend(loc="outside right upper", frameon=False, fontsize=8, labelcolor=INK)
    return to_png(figure)


def plot_embeddings(
    embeddings: Iterable[Embedding | tuple[str, ArrayLike, ArrayLike, str]], *, columns: int = 3
) -> bytes:
    """Draw maps side by side, each with its legend beneath.

    Points are drawn in random order, so that no label hides the rest. More than 32 labels do not fit a legend: the most
    frequent get a colour, the rest is grey "other".

    Parameters
    ----------
    embeddings
        Title, points (N, 2), labels (N,) and title of the legend, for each map.
    columns
        Maps in a row, at most.

    Returns
    -------
    bytes
        A PNG.
    """
    panels = [Embedding(*embedding) for embedding in embeddings]
    keys = [_key(panel.labels) for panel in panels]
    columns = min(columns, len(panels))
    rows = ceil(len(panels) / columns)
    legends = [max(map(_legend_height, keys[row * columns : (row + 1) * columns])) for row in range(rows)]
    heights = [height for legend in legends for height in (_PANEL, legend)]
    figure = new_figure(_PANEL * columns, sum(heights))
    grid = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=heights)
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, (panel, key) in enumerate(zip(panels, keys, strict=True)):
        row, column = divmod(number, columns)
        _draw_map(grid[2 * row, column], panel, key)
        _draw_legend(grid[2 * row + 1, column], panel.legend_title, key)
    return to_png(figure)


def plot_attention(image: NDArray[np.generic], maps: NDArray[np.floating], *, title: str = "") -> bytes:
    """Draw a field beside each head's attention laid over it; each head has its own scale, bright is most.

    Parameters
    ----------
    image
        Shape (C, Y, X), or (Y, X, 3) already in colour from 0 to 1.
    maps
        Shape (heads, h, w), at patch resolution.
    """
    field = image.astype(np.float32) if image.shape[-1] == 3 and image.ndim == 3 else composite(image)
    height, width = field.shape[:2]
    columns = min(4, len(maps) + 1)
    rows = ceil((len(maps) + 1) / columns)
    figure = new_figure(2.3 * columns, rows * (2.3 * height / width + 0.3))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    panels[0].imshow(field)
    panels[0].set_title(title or "field", fontdict=FONT)
    grey = field.max(axis=2) * 0.8
    for number, (axes, attention) in enumerate(zip(panels[1:], maps, strict=False)):
        axes.imshow(grey, cmap="gray", vmin=0, vmax=1)
        top = max(float(np.percentile(attention, 99.5)), float(np.finfo(np.float32).tiny))
        share = np.clip(np.asarray(attention, dtype=np.float64) / top, 0, 1)
        axes.imshow(
            share,
            cmap="inferno",
            vmin=0,
            vmax=1,
            alpha=share**0.5 * 0.85,
            extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        )
        axes.set_title(f"head {number + 1}", fontdict=FONT)
    return to_small_png(figure)


def _smooth(series: pd.Series) -> pd.Series:
    """Average over a twentieth of the curve, centred."""
    return series.rolling(len(series) // 40 * 2 + 1, center=True, min_periods=1).mean()


class _Key(NamedTuple):
    """Which labels have a style (all others share one), how each row is labelled, and what the legend says."""

    rows: NDArray[np.int64]
    names: tuple[str, ...]
    spare: str


def _key(labels: Sequence[object] | pd.Series | NDArray[np.generic] | ArrayLike) -> _Key:
    """Number the labels of the legend in natural order; -1 is unknown or other."""
    texts = pd.Series(np.asarray(labels, dtype=object)).astype("string").replace("", None)
    counts = texts.value_counts()
    kept = sorted(counts.index[:MOST_STYLES], key=natural)
    rows = pd.Index(kept).get_indexer(pd.Index(texts))
    left_out = [f"{_OTHER} ({len(counts) - len(kept)})"] * (len(counts) > len(kept)) + [_UNKNOWN] * bool(
        texts.isna().any()
    )
    return _Key(np.asarray(rows, dtype=np.int64), tuple(map(str, kept)), ", ".join(left_out))


def _draw_map(axes: Axes, panel: Embedding, key: _Key) -> None:
    axes.set_axis_on()
    bare(axes)
    axes.set_title(panel.title, fontdict={**FONT, "size": 10, "weight": "bold"}, loc="left")
    points = np.asarray(panel.points, dtype=np.float64)
    size = float(np.clip(9000 / max(1, len(points)), 2, 30))
    order = np.random.default_rng(0).permutation(len(points))
    order = order[np.argsort(key.rows[order] >= 0, kind="stable")]
    styles = [style_of(row) if row >= 0 else (FAINT, "o") for row in key.rows[order]]
    for marker in sorted({marker for _, marker in styles}):
        chosen = np.array([shape == marker for _, shape in styles])
        colours = [colour for colour, shape in styles if shape == marker]
        x, y = points[order][chosen].T
        axes.scatter(x, y, s=size, c=colours, marker=marker, alpha=0.8, linewidths=0)
    axes.margins(0.04)


def _legend_columns(key: _Key) -> int:
    longest = max((len(_short(name)) for name in key.names), default=0)
    return max(1, int(_PANEL / (0.075 * longest + 0.36)))


def _legend_height(key: _Key) -> float:
    """Give the inches of title, rows and a margin."""
    return 0.3 + 0.15 * ceil((len(key.names) + bool(key.spare)) / _legend_columns(key))


def _draw_legend(axes: Axes, title: str, key: _Key) -> None:
    entries = [(_short(name), *style_of(number)) for number, name in enumerate(key.names)]
    entries += [(key.spare, FAINT, "o")] * bool(key.spare)
    handles = [
        Line2D([], [], linestyle="", marker=marker, markersize=5, color=colour, label=name)
        for name, colour, marker in entries
    ]
    axes.legend(
        handles=handles, title=title, loc="upper left", ncols=_legend_columns(key), frameon=False, fontsize=7.5,
        labelcolor=INK, title_fontsize=8, alignment="left", borderaxespad=0, handletextpad=0.1, columnspacing=0.8,
        handlelength=1.4, labelspacing=0.25,
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"
