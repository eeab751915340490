"""The screen at a glance: some treatments in every batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.report import composite
from cdcl.report.canvas import new_figure, to_small_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.screen import Screen

NUM_TREATMENTS = 5
"""As many columns as a page shows at a size where cells can be told apart."""
_INCHES = 1.5
"""Side of a field on the page."""


def draw_mosaic(screen: Screen) -> bytes:
    """Draw one field a batch (row) and treatment (column), all on the same scale of raw counts, as PNG."""
    batches = sorted(screen.sites["batch"].unique())
    treatments = _spread(sorted(screen.sites["treatment"].unique()))
    firsts = screen.sites.drop_duplicates(["batch", "treatment"]).reset_index()
    rows = firsts.set_index(["batch", "treatment"])["index"].to_dict()
    images = {(batch, name): screen.image(int(rows[batch, name])) for batch in batches for name in treatments}
    limits = _limits(np.stack(list(images.values())))
    figure = new_figure(_INCHES * len(treatments) + 0.3, _INCHES * len(batches) + 0.3)
    panels = figure.subplots(len(batches), len(treatments), squeeze=False)
    for axes, (batch, name) in zip(panels.ravel(), images, strict=True):
        axes.imshow(composite(images[batch, name], limits))
        axes.set(xticks=[], yticks=[])
        axes.set_title(name if batch == batches[0] else "", fontsize=8)
        axes.set_ylabel(batch if name == treatments[0] else "", fontsize=8)
    return to_small_png(figure)


def _spread(names: list[str]) -> list[str]:
    chosen = np.linspace(0, len(names) - 1, min(NUM_TREATMENTS, len(names))).round().astype(int)
    return [names[place] for place in chosen]


def _limits(images: NDArray[np.generic]) -> NDArray[np.floating]:
    """Give the counts that become black and full colour, (C, 2), over images (N, C, Y, X)."""
    limits: NDArray[np.floating] = np.percentile(images.astype(np.float32), (1.0, 99.7), axis=(0, 2, 3)).T
    return limits
