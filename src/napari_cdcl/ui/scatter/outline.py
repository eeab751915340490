"""What the mouse draws on the points to select some: a lasso or a rectangle."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPen, QPolygonF

from napari_cdcl.ui.scatter.model import Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QPainter

CLICK = 4
"""Pixels; a mouse that moved less has clicked."""


class Tool(Enum):
    """What dragging with the left button does."""

    PAN = "pan"
    LASSO = "lasso"
    RECTANGLE = "rectangle"


class Outline:
    """A lasso or rectangle that is being drawn.

    Attributes
    ----------
    mode
        What becomes of the selection with it.
    """

    def __init__(self, tool: Tool, begin: QPointF, mode: Mode) -> None:
        self.mode = mode
        self._tool = tool
        self._places = [begin]

    def move(self, place: QPointF) -> None:
        """Draw on to a place."""
        if self._tool is Tool.RECTANGLE:
            begin = self._places[0]
            self._places = [begin, QPointF(place.x(), begin.y()), place, QPointF(begin.x(), place.y())]
        elif (place - self._places[-1]).manhattanLength() >= 2:
            self._places.append(place)

    @property
    def is_click(self) -> bool:
        """Whether the mouse has hardly moved."""
        begin = self._places[0]
        return all((place - begin).manhattanLength() < CLICK for place in self._places)

    def corners(self) -> NDArray[np.float64]:
        """Give the places it goes through, (V, 2) in pixels of the widget."""
        return np.array([(place.x(), place.y()) for place in self._places], dtype=np.float64)

    def draw(self, painter: QPainter, colour: QColor) -> None:
        """Draw it as it is so far; dashed where it takes points away."""
        shade = QColor(colour)
        shade.setAlphaF(0.14)
        pen = QPen(colour, 1.5)
        if self.mode in (Mode.SUBTRACT, Mode.INTERSECT):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(self._places))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def mode_of(modifiers: Qt.KeyboardModifier) -> Mode:
    """Shift adds, Alt or Ctrl takes away, both keep what is common."""
    adds = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    takes = bool(modifiers & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier))
    if adds and takes:
        return Mode.INTERSECT
    if adds or takes:
        return Mode.ADD if adds else Mode.SUBTRACT
    return Mode.REPLACE
