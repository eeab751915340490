"""How evenly plates are lit, drawn: a small map of each plate and channel, all on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.report.canvas import FONT, bare, new_figure, to_png

if TYPE_CHECKING:
    from cdcl.pixels.illumination import Illumination

MOST_PLATES = 12
"""Plates that are drawn, evenly spread over all of them: a sheet of paper holds no more that can be read."""

_SIDE = 1.5
"""Inches of a map."""


def plot_light(illumination: Illumination) -> bytes:
    """Draw planes as PNG, a row a plate and a column a channel; 1 is the mean light of the field."""
    plates = np.unique(np.linspace(0, len(illumination.plates) - 1, MOST_PLATES).round().astype(int))
    planes, names = illumination.planes[plates], illumination.channels
    figure = new_figure(_SIDE * len(names) + 1.6, _SIDE * len(plates) + 0.5)
    panels = figure.subplots(len(plates), len(names), squeeze=False)
    most = max(float(np.abs(planes - 1).max()), 0.05)  # what is flat to 5 % must look flat
    for row, plate in enumerate(plates):
        for column, name in enumerate(names):
            axes = panels[row, column]
            image = axes.imshow(planes[row, column], cmap="RdBu_r", vmin=1 - most, vmax=1 + most)
            bare(axes)
            if not row:
                axes.set_title(name, fontdict=FONT)
            if not column:
                axes.set_ylabel(illumination.plates[plate], fontdict={**FONT, "size": 8})
    figure.colorbar(image, ax=panels.ravel().tolist(), shrink=min(0.8, 2.0 / (_SIDE * len(plates))), anchor=(0, 1))
    return to_png(figure)
