"""Many fields and where the network looks in them, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from cdcl.report.canvas import new_figure, to_png
from cdcl.report.composite import composite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_FIELDS = 60
"""More than these on a page are too small to see."""

_COLUMNS = 6
"""Six of 1.8 inches fit a page's width."""
_INCHES = 1.8
"""Side of a field."""


@dataclass(frozen=True)
class Frame:
    """A field of a contact sheet.

    Attributes
    ----------
    image
        (C, Y, X), any number type.
    attention
        (h, w) at patch resolution.
    title
        What stands above it.
    """

    image: NDArray[np.generic]
    attention: NDArray[np.floating]
    title: str


def draw_contact_sheet(frames: Sequence[Frame]) -> bytes:
    """Draw each field in colour, and beneath it where the network looks, as PNG.

    All fields share the channels' limits, so that they can be compared; each map has its own scale: from the
    median patch, which stays grey, to the strongest, which is bright.
    """
    limits = _limits(frames)
    columns = min(_COLUMNS, len(frames))
    rows = ceil(len(frames) / columns)
    figure = new_figure(_INCHES * columns, rows * (2 * _INCHES + 0.3))
    panels = figure.subplots(2 * rows, columns, squeeze=False)
    for axes in panels.ravel():
        axes.set_axis_off()
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        field = composite(frame.image, limits)
        above, below = panels[2 * row, column], panels[2 * row + 1, column]
        above.imshow(field)
        above.set_title(frame.title, fontsize=6)
        _overlay(below, field, frame.attention)
    return to_png(figure)


def _overlay(axes: object, field: NDArray[np.float32], attention: NDArray[np.floating]) -> None:
    height, width = field.shape[:2]
    # From the median up: what gets no more than its share stays grey, else an even map would glare.
    usual, top = np.percentile(attention.astype(np.float64), (50, 99.5))
    share = np.clip((attention - usual) / max(top - usual, 1e-12), 0, 1)
    place = (-0.5, width - 0.5, height - 0.5, -0.5)
    axes.imshow(field.max(axis=2) * 0.8, cmap="gray", vmin=0, vmax=1)  # type: ignore[attr-defined]
    axes.imshow(share, cmap="inferno", vmin=0, vmax=1, alpha=share**0.5 * 0.85, extent=place)  # type: ignore[attr-defined]


def _limits(frames: Sequence[Frame]) -> NDArray[np.floating]:
    """Give the counts that become black and full colour, (C, 2), over all fields."""
    pixels = [frame.image.reshape(len(frame.image), -1)[:, ::7] for frame in frames]
    limits: NDArray[np.floating] = np.percentile(np.concatenate(pixels, axis=1).astype(np.float32), (1, 99.7), axis=1).T
    return limits
