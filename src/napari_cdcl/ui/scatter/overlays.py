"""What lies over the points of a scatter: names and contours of classes, and arrows between medians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPen, QPolygonF

from cdcl.scatter import Overlay, class_centres, class_contours
from napari_cdcl.ui.scatter.class_names import draw_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from qtpy.QtCore import QRect
    from qtpy.QtGui import QPainter

    from cdcl.scatter import Arrow, Colouring, View
    from napari_cdcl.ui.scatter.model import ScatterModel
    from napari_cdcl.ui.scatter.theme import Theme

    Map = tuple[NDArray[np.float32], Colouring, NDArray[np.bool_] | None]
    Makers = Mapping[str, Callable[[Map], Sequence[Arrow]]]

HEAD = 11.0
"""Pixels of an arrow's head, along its line; it is nearly as wide."""
_CORE, _WHOLE = 1.8, 1.0
"""Widths in pixels of the line around the core of a class, and around nearly all of it."""


class Overlays:
    """Which of them are wanted, and what they are: found when they are first drawn, forgotten when points change.

    Attributes
    ----------
    names, contours
        Whether they are wanted.
    arrows
        Which arrows are wanted: a key of `makers`, or "".
    makers
        What gives arrows, by key; each is asked with positions, colouring and the mask of what is visible (None: all).
    """

    changed = Signal()

    def __init__(self, model: ScatterModel) -> None:
        self.names = self.contours = False
        self.arrows = ""
        self.makers: Makers = {}
        self._model = model
        self._found: Overlay | None = None
        for signal in (model.points_changed, model.colouring_changed, model.visible_changed):
            signal.connect(self.forget)

    def want(self, *, names: bool | None = None, contours: bool | None = None, arrows: str | None = None) -> None:
        """Say what is wanted; None leaves it as it is."""
        self.names = self.names if names is None else names
        self.contours = self.contours if contours is None else contours
        self.arrows = self.arrows if arrows is None else arrows
        self.forget()

    def offer_arrows(self, makers: Makers) -> None:
        """Give what arrows there can be; those wanted before that there are not now are not drawn."""
        self.makers = makers
        self.forget()

    def forget(self) -> None:
        """Find all anew when it is drawn the next time."""
        self._found = None
        self.changed.emit()

    def find(self) -> Overlay:
        """Give what is wanted."""
        if self._found is None:
            points, colouring, visible = self._model.positions, self._model.colouring, self._model.visible
            maker = self.makers.get(self.arrows)
            self._found = Overlay(
                class_centres(points, colouring, visible) if self.names else (),
                class_contours(points, colouring, visible) if self.contours else (),
                maker((points, colouring, visible)) if maker is not None and len(self._model) else (),
            )
        return self._found

    def draw(self, painter: QPainter, place: QRect, view: View, theme: Theme) -> None:
        """Draw what is wanted into the place of the points."""
        found = self.find()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for contour in found.contours:
            painter.setPen(QPen(QColor.fromRgba(contour.colour), _CORE if contour.share <= 0.5 else _WHOLE))
            painter.drawPolyline(_on_screen(contour.line, place, view))
        for arrow in found.arrows:
            _draw_arrow(painter, _on_screen(arrow.path, place, view), QColor.fromRgba(arrow.colour), theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw_names(painter, place, view, found.names, theme)


def _on_screen(line: NDArray[np.float64], place: QRect, view: View) -> QPolygonF:
    return QPolygonF([QPointF(place.left() + x, place.top() + y) for x, y in view.to_pixels(line).tolist()])


def _draw_arrow(painter: QPainter, path: QPolygonF, colour: QColor, theme: Theme) -> None:
    """Draw line and head, dark on light: in the class's own colour they would be lost among its points."""
    end, before = path[len(path) - 1], path[len(path) - 2]
    head = _head(end, end - before)
    for pen, brush in ((QPen(theme.ground, 4.5), theme.ground), (QPen(theme.ink, 1.6), colour)):
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(path)
        painter.setBrush(brush)
        painter.drawPolygon(head)


def _head(end: QPointF, along: QPointF) -> QPolygonF:
    length = float(np.hypot(along.x(), along.y())) or 1.0
    step = along * (HEAD / length)
    side = QPointF(-step.y(), step.x()) / 2.4
    return QPolygonF([end, end - step + side, end - step - side])
