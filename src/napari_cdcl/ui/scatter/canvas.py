"""The points themselves, under the mouse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from cdcl.scatter import MarkerStyle, View
from napari_cdcl.ui.scatter.axes import draw_axes, draw_corners, plot_rect
from napari_cdcl.ui.scatter.film import Film
from napari_cdcl.ui.scatter.outline import Outline, Tool, mode_of
from napari_cdcl.ui.scatter.overlays import Overlays
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from qtpy.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from napari_cdcl.ui.scatter.model import ScatterModel

SETTLED_MS = 80
"""After the last movement, when all points are drawn again."""
_WHEEL = 1.0015
"""Enlargement for each eighth of a degree."""
_FARTHEST, _NEAREST = 0.1, 1e5
"""Zoom, against the view of all points."""

_Left, _Middle, _None = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton


class ScatterCanvas(QWidget):
    """Draws a model, pans, zooms, and lets the mouse select."""

    hovered = Signal(int)
    """The row of the point under the cursor, or -1; told once until it is another one."""
    activated = Signal(int)
    """The row of the point that was double-clicked."""

    def __init__(self, model: ScatterModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.tool = Tool.PAN
        self.marker_style = MarkerStyle()
        self._film = Film(model)
        self._view: View | None = None
        self._theme = Theme.of(self)
        self._outline: Outline | None = None
        self._dragged: QPointF | None = None
        self._hovered = -1
        self.overlays = Overlays(model)
        self._fresh = self._moving = self._moved = False
        self._settling = QTimer(self)
        self._set_up()
        self._connect()

    def _set_up(self) -> None:
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(140, 120)
        self.setAccessibleName("scatter")

    def _connect(self) -> None:
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED_MS)
        self._settling.timeout.connect(self._settle)
        self.model.points_changed.connect(self.fit)
        for changed in (self.model.colouring_changed, self.model.visible_changed):
            changed.connect(self.redraw)
        self.overlays.changed.connect(self._repaint)
        self.model.selection_changed.connect(self.redraw, max_args=0)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for some room."""
        return QSize(420, 380)

    @property
    def view(self) -> View:
        """The part of the plane that is shown."""
        if self._view is None:
            place = plot_rect(self)
            self._view = View.fit(self.model.raster.points, place.width(), place.height(), self.model.corners)
        return self._view

    def set_tool(self, tool: Tool) -> None:
        """Choose what dragging does."""
        self.tool = tool
        self.setCursor(Qt.CursorShape.OpenHandCursor if tool is Tool.PAN else Qt.CursorShape.CrossCursor)

    def _repaint(self) -> None:
        self.update()  # what lies over the points is another; these stay as they are

    def set_marker_style(self, marker_style: MarkerStyle) -> None:
        """Draw points otherwise."""
        self.marker_style = marker_style
        self.redraw()

    def fit(self) -> None:
        """Show all points."""
        self._view, self._moved = None, False
        self._set_hovered(-1)
        self.redraw()

    def redraw(self) -> None:
        """Draw anew what has changed, as soon as the window is painted again."""
        self._fresh = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint ground, points, axes, and what the mouse is drawing."""
        del event
        place = plot_rect(self)
        if not self._fresh:
            marker_style = replace(self.marker_style, unselected=self._theme.unselected.rgba())
            self._film.take(self.view, marker_style, self.devicePixelRatioF(), moving=self._moving)
            self._fresh = True
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.ground)
        self._film.show(painter, place)
        draw_axes(painter, self, self.view, self.model.axis_names, self._theme)
        if self.model.corners is not None:
            draw_corners(painter, place, self.view, self.model.corners, self._theme)
        painter.setClipRect(place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_marks(painter)
        painter.end()

    def _draw_marks(self, painter: QPainter) -> None:
        place = plot_rect(self)
        if not len(self.model.raster.points):
            painter.setPen(self._theme.faint)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "No points to show.")
        self.overlays.draw(painter, place, self.view, self._theme)
        if self._hovered >= 0:
            x, y = self.view.to_pixels(self.model.positions[self._hovered : self._hovered + 1])[0]
            radius = self.marker_style.size / 2 + 3
            painter.setPen(QPen(self._theme.mark, 2))
            painter.drawEllipse(QPointF(place.left() + x, place.top() + y), radius, radius)
        if self._outline is not None:
            self._outline.draw(painter, self._theme.mark)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin to pan or to draw an outline."""
        if event.button() == _Middle or (event.button() == _Left and self.tool is Tool.PAN):
            self._dragged = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._set_hovered(-1)
        elif event.button() == _Left:
            self._outline = Outline(self.tool, event.position(), mode_of(event.modifiers()))
            self._set_hovered(-1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Pan, draw on, or look what is under the cursor."""
        if self._dragged is not None:
            by = event.position() - self._dragged
            self._dragged = event.position()
            self._move(self.view.panned(by.x(), by.y()))
        elif self._outline is not None:
            self._outline.move(event.position())
            self.update()
        elif event.buttons() == _None:
            self._set_hovered(self._row_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """End panning, or select what the outline holds."""
        if self._dragged is not None:
            self._dragged = None
            self.set_tool(self.tool)
        elif self._outline is not None and event.button() == _Left:
            self._outline.move(event.position())
            outline, self._outline = self._outline, None
            self._select(outline, event.position())
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Ask for the point under the cursor."""
        row = self._row_at(event.position())
        if event.button() == _Left and row >= 0:
            self.activated.emit(row)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the cursor."""
        fitted = View.fit(self.model.raster.points, self.view.width, self.view.height, self.model.corners)
        factor = _WHEEL ** event.angleDelta().y()
        zoom = self.view.scale_x / fitted.scale_x
        factor = min(max(zoom * factor, _FARTHEST), _NEAREST) / zoom
        where = event.position() - QPointF(plot_rect(self).topLeft())
        self._move(self.view.zoomed(factor, where.x(), where.y()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """No point is under the cursor any more."""
        self._set_hovered(-1)
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show the same part of the plane."""
        place = plot_rect(self)
        # What is fitted stays fitted; what the user looks at stays where it is and as large.
        kept = replace(self.view, width=place.width(), height=place.height())
        self._view = kept if self._moved else None
        self.redraw()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme of the window."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._theme = Theme.of(self)
            self.redraw()
        super().changeEvent(event)

    def _move(self, view: View) -> None:
        self._view, self._moved = view, True
        self._moving = self._film.is_slow
        if self._moving:
            self._settling.start()
        self.redraw()

    def _settle(self) -> None:
        self._moving = False
        self.redraw()

    def _select(self, outline: Outline, place: QPointF) -> None:
        if not outline.is_click:
            corner = plot_rect(self).topLeft()
            self.model.select(self._film.within(outline.corners() - (corner.x(), corner.y())), outline.mode)
        elif (row := self._row_at(place)) >= 0:
            self.model.select(np.arange(len(self.model)) == row, outline.mode)

    def _row_at(self, place: QPointF) -> int:
        """Give the row of the point at a place of the widget, or -1."""
        plot = plot_rect(self)
        if not plot.contains(place.toPoint()):
            return -1
        return self._film.row_at(place.x() - plot.left(), place.y() - plot.top())

    def _set_hovered(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.hovered.emit(row)
            self.update()
