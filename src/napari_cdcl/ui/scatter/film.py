"""The picture of the points for a widget: at the resolution of its screen, smooth where there is time for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtGui import QImage

from cdcl.scatter import MarkerStyle, View
from cdcl.scatter.blend import halve

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtCore import QRect
    from qtpy.QtGui import QPainter

    from napari_cdcl.ui.scatter.model import ScatterModel

SMOOTH = 50_000
"""Up to so many points are drawn at twice the resolution and halved, so that dots have smooth rims."""
SLOW = 0.025
"""Seconds of a picture, above which it is drawn with less care while things move."""
MANY, SOME = 100_000, 0.1
"""Without care, rims are not smooth, and of more points than these only some are drawn."""


class Film:
    """Takes pictures of a model; knows which point is at which place of the last one."""

    def __init__(self, model: ScatterModel) -> None:
        self._model = model
        self._seconds = 0.0
        self._factor = 1.0
        self._view = View(0, 0, 1, 1, 1, 1)
        self._style = MarkerStyle()
        self._pixels = bytes(4)
        self._image = QImage()
        self._ids = np.full((1, 1), -1, dtype=np.int32)

    @property
    def is_slow(self) -> bool:
        """Whether a picture with all care takes too long while things move."""
        return self._seconds > SLOW

    def take(self, view: View, marker_style: MarkerStyle, ratio: float, *, moving: bool) -> None:
        """Take a picture; `ratio` is of the screen's pixels to the widget's."""
        hasty = moving and self.is_slow
        discs = marker_style.opacity == 1 and not marker_style.density
        smooth = len(self._model) <= SMOOTH and ratio < 1.5 and discs and not hasty
        self._factor = ratio * (2 if smooth else 1)
        self._view = view.enlarged(ratio).enlarged(2) if smooth else view.enlarged(ratio)
        self._style = marker_style.enlarged(self._factor)
        began = time.perf_counter()
        share = SOME if hasty and len(self._model) > MANY else 1.0
        frame = self._model.raster.draw(self._model.scene, self._view, self._style, share)
        self._develop(halve(frame.argb) if smooth else frame.argb)
        self._ids = frame.ids
        if not hasty:
            self._seconds = time.perf_counter() - began

    def show(self, painter: QPainter, place: QRect) -> None:
        """Paint the last picture."""
        painter.drawImage(place, self._image)

    def _develop(self, argb: NDArray[np.uint32]) -> None:
        # Qt does not keep the bytes of its images, so the film does.
        height, width = argb.shape
        self._pixels = argb.tobytes()
        self._image = QImage(self._pixels, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)

    def row_at(self, x: float, y: float, reach: int = 3) -> int:
        """Give the row of the point nearest to a place of the picture, at most `reach` pixels away, or -1."""
        reach = round(reach * self._factor)
        column, line = int(x * self._factor), int(y * self._factor)
        top, left = max(0, line - reach), max(0, column - reach)
        near = self._ids[top : max(0, line + reach + 1), left : max(0, column + reach + 1)]
        lines, columns = np.nonzero(near >= 0)
        if not len(lines):
            return -1
        nearest = np.argmin((lines + top - line) ** 2 + (columns + left - column) ** 2)
        return int(near[lines[nearest], columns[nearest]])

    def within(self, outline: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Give the mask (N,) of the visible points within an outline (V, 2), in the widget's pixels."""
        return self._model.raster.within(outline * self._factor, self._view, self._style, self._model.visible)
