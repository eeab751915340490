"""Plates drawn as they lie: a small heat map each, on one scale."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from cdcl.report.canvas import FONT, bare, new_figure, to_png
from cdcl.report.palette import INK, RULE
from cdcl.screen.plates import row_letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WIDTH = 2.4
"""Inches of a plate."""


def plot_plate_maps(plates: Sequence[tuple[str, NDArray[np.floating]]], *, title: str = "", columns: int = 4) -> bytes:
    """Draw plates (name, values of shape (rows, columns)) side by side; grey is no well, NaN.

    The scale is that of all plates together, from their 2nd to their 98th percentile, so that one odd well does not
    take the colours from the others.
    """
    columns = max(1, min(columns, len(plates)))
    rows = ceil(len(plates) / columns)
    height, width = plates[0][1].shape
    figure = new_figure(_WIDTH * columns + 0.8, rows * (_WIDTH * height / width + 0.4) + 0.3)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    low, high = _range(np.concatenate([np.ravel(values) for _, values in plates]))
    for axes in panels[len(plates) :]:
        axes.set_axis_off()
    for axes, (name, values) in zip(panels, plates, strict=False):
        image = axes.imshow(values, cmap="cividis", vmin=low, vmax=high)
        axes.set_facecolor(RULE)
        _name_wells(axes, name, (height, width))
    tall = figure.get_size_inches()[1]
    bar = figure.colorbar(image, ax=list(panels), shrink=min(0.8, 2.5 / tall), anchor=(0, 1), label=title)
    bar.ax.tick_params(labelsize=8, labelcolor=INK)
    return to_png(figure)


def _range(values: NDArray[np.floating]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.percentile(known, [2, 98])
    return float(low), float(high if high > low else low + 1)


def _name_wells(axes: Axes, name: str, shape: tuple[int, int]) -> None:
    bare(axes)
    axes.set_title(name, fontdict={**FONT, "size": 8}, loc="left")
    rows, columns = ([0, length - 1] for length in shape)
    axes.set_yticks(rows, [row_letters(row + 1) for row in rows], fontsize=7, color=INK)
    axes.set_xticks(columns, [str(column + 1) for column in columns], fontsize=7, color=INK)
