"""The part of the plane that is looked at, and the pixels it is shown on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.points import Points

MARGIN = 0.05
"""Of the picture's side, left free around the points."""
MOST_STRETCHED = 5.0
"""Axes have the same scale, unless one axis has so many times the other's spread."""


@dataclass(frozen=True)
class View:
    """Maps data to pixels; x goes right, y goes up, pixel (0, 0) is at the top left.

    Attributes
    ----------
    x, y
        Data coordinates of the centre.
    scale_x, scale_y
        Pixels a unit, positive.
    width, height
        Pixels.
    """

    x: float
    y: float
    scale_x: float
    scale_y: float
    width: int
    height: int

    @classmethod
    def fit(cls, points: Points, width: int, height: int, corners: NDArray[np.float32] | None = None) -> View:
        """Choose the view that shows all points.

        Parameters
        ----------
        points
            (N, 2).
        width, height
            Pixels of the picture.
        corners
            (K, 2), shown with room for their names.
        """
        width, height = max(1, width), max(1, height)
        if not len(points):
            return cls(0.0, 0.0, float(width), float(height), width, height)
        shown = [points.x, points.y]
        if corners is not None:
            shown = [np.append(values, 1.12 * corners[:, axis]) for axis, values in enumerate(shown)]
        widest = max(float(np.ptp(values)) for values in shown)
        (left, right), (bottom, top) = (_extent(values, widest) for values in shown)
        wide, high = width * (1 - 2 * MARGIN), height * (1 - 2 * MARGIN)
        scales = wide / (right - left), high / (top - bottom)
        if max(scales) <= MOST_STRETCHED * min(scales):
            scales = (min(scales), min(scales))
        return cls((left + right) / 2, (bottom + top) / 2, *scales, width, height)

    def to_pixels(self, positions: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map data (N, 2) to pixels (N, 2)."""
        x, y = np.asarray(positions, dtype=np.float64).T
        columns = (x - self.x) * self.scale_x + self.width / 2
        return np.column_stack([columns, (self.y - y) * self.scale_y + self.height / 2])

    def to_data(self, pixels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map pixels (N, 2) to data (N, 2)."""
        columns, rows = np.asarray(pixels, dtype=np.float64).T
        x = (columns - self.width / 2) / self.scale_x + self.x
        return np.column_stack([x, self.y - (rows - self.height / 2) / self.scale_y])

    def panned(self, columns: float, rows: float) -> View:
        """Move the points by some pixels.

        Parameters
        ----------
        columns, rows
            To the right, and down.
        """
        return replace(self, x=self.x - columns / self.scale_x, y=self.y + rows / self.scale_y)

    def zoomed(self, factor: float, column: float, row: float) -> View:
        """Enlarge, and keep in place what lies at a pixel.

        Parameters
        ----------
        factor
            Above 1 enlarges.
        column, row
            The pixel, from the upper left corner.
        """
        right, down = column - self.width / 2, row - self.height / 2
        return replace(
            self,
            x=self.x + right * (1 - 1 / factor) / self.scale_x,
            y=self.y - down * (1 - 1 / factor) / self.scale_y,
            scale_x=self.scale_x * factor,
            scale_y=self.scale_y * factor,
        )

    def resized(self, width: int, height: int) -> View:
        """Show the same on another number of pixels, as large as fits."""
        width, height = max(1, width), max(1, height)
        factor = min(width / self.width, height / self.height)
        return replace(self, scale_x=self.scale_x * factor, scale_y=self.scale_y * factor, width=width, height=height)

    def enlarged(self, factor: float) -> View:
        """Show the same part on `factor` times as many pixels a side."""
        width, height = max(1, round(self.width * factor)), max(1, round(self.height * factor))
        scales = self.scale_x * width / self.width, self.scale_y * height / self.height
        return View(self.x, self.y, *scales, width, height)


def _extent(values: NDArray[np.floating], widest: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    # Points that are all alike, or on a line, still want a picture with room around them.
    room = 0.0 if high - low > 1e-6 * max(abs(low), abs(high), widest) else max(0.5, 1e-3 * abs(low))
    return low - room, high + room
