"""Treatments beside the negative controls of their own plates, in the same contrast."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cdcl.hits import beside_controls
from cdcl.report.canvas import DPI, FONT, new_figure, to_small_png
from cdcl.report.composite import composite
from cdcl.report.palette import FAINT, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen

PAIRS = 3
"""Plates shown a treatment: a field of it and a control beside it."""
MOST_TREATMENTS = 24
"""About as many as hits are named on the page."""
_INCHES, _MOST_SIDE = 1.6, 260
"""Side of a field, and its most pixels: 1.6 inches at the canvas's 144 dots an inch are 230."""


def draw_montage(screen: Screen, cache: PixelCache, treatments: Sequence[str]) -> bytes:
    """Draw a line a treatment: its fields, each beside a control of the same plate. PNG; b"" where none can be read.

    Contrast is that of the control, channel by channel, so that what is brighter is brighter.

    Parameters
    ----------
    screen, cache
        Fields, and their pixels in the same order.
    treatments
        Names; the first `MOST_TREATMENTS` that have a readable field beside a readable control are drawn.
    """
    lines = [(name, pairs) for name in treatments if (pairs := _pairs(screen, cache, name))][:MOST_TREATMENTS]
    if not lines:
        return b""
    figure = new_figure(2 * PAIRS * _INCHES, (_INCHES + 0.25) * len(lines))
    panels = figure.subplots(len(lines), 2 * PAIRS, squeeze=False)
    for axes in panels.ravel():
        axes.set_axis_off()
    for row, (name, pairs) in zip(panels, lines, strict=True):
        for number, (treated, control) in enumerate(pairs):
            limits = _draw(row[2 * number + 1], cache, control, None, "control")
            _draw(row[2 * number], cache, treated, limits, _title(screen, treated, name if number == 0 else ""))
    return to_small_png(figure)


def first_lines(png: bytes, num: int) -> bytes:
    """Keep the first lines of a montage, so that it fits where space is short."""
    with Image.open(BytesIO(png)) as image:
        height = round(num * (_INCHES + 0.25) * DPI)
        if image.height <= height:
            return png
        buffer = BytesIO()
        image.crop((0, 0, image.width, height)).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _pairs(screen: Screen, cache: PixelCache, treatment: str) -> list[tuple[int, int]]:
    """Choose a field of the treatment and one of the controls on up to `PAIRS` plates that have both."""
    readable = np.asarray(cache.readable, dtype=bool)
    return beside_controls(screen.sites, treatment, PAIRS, readable)


def _title(screen: Screen, row: int, name: str) -> str:
    place = screen.sites.iloc[row]
    return f"{name}\n{place['plate']} {place['well']}" if name else f"{place['plate']} {place['well']}"


def _draw(
    axes: Axes, cache: PixelCache, row: int, limits: NDArray[np.floating] | None, title: str
) -> NDArray[np.floating]:
    pixels = cache.field(row)
    step = max(1, -(-max(pixels.shape[1:]) // _MOST_SIDE))
    small = pixels[:, ::step, ::step].astype(np.float32)
    if limits is None:
        limits = np.percentile(small, (1, 99.7), axis=(1, 2)).T
    axes.imshow(composite(small, limits))
    colour = FAINT if title == "control" else INK
    axes.set_title(title, fontdict={**FONT, "size": 6.5, "color": colour}, loc="left", parse_math=False)
    return limits
