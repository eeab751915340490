"""A picture beside the canvas, at the canvas's own place and magnification: what moves one moves the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QMouseEvent, QPaintEvent, QWheelEvent

WHEEL = 1.1
"""Factor of magnification a notch of the wheel, as in napari's canvas."""
CLICK = 4
"""Pixels that the mouse may move between press and release of a click."""


class BesideView(QWidget):
    """Draws a picture over the extent (height, width) that the field on display has in the viewer's world.

    Parameters
    ----------
    viewer
        Whose camera is followed, and moved by wheel and drag.
    """

    clicked = Signal(float, float)
    """Down and across over the whole picture, each 0 to 1."""

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._camera = getattr(viewer, "scene", viewer).camera  # napari before 0.9 has no scene
        self._image = QImage()
        self._extent = (1.0, 1.0)
        self._caption = ""
        self._tile: tuple[float, float, float, float] | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 80)
        self.setToolTip("The same place at the same magnification as in the canvas; wheel and drag move both.")
        for event in (self._camera.events.center, self._camera.events.zoom):
            event.connect(self._on_camera)

    def leave(self) -> None:
        """Leave the camera alone."""
        for event in (self._camera.events.center, self._camera.events.zoom):
            event.disconnect(self._on_camera)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for as much as the canvas."""
        return QSize(400, 400)

    def show_picture(
        self,
        colours: NDArray[np.uint8] | None,
        extent: tuple[float, float],
        caption: str,
        tile: tuple[float, float, float, float] | None = None,
    ) -> None:
        """Draw a picture, or None, with a line of words above it.

        Parameters
        ----------
        colours
            Red, green and blue, (Y, X, 3).
        extent
            Height and width in the viewer's world, as the field on display has them.
        tile
            Left, top, width and height of the part that is framed, each 0 to 1.
        """
        if colours is None:
            self._image = QImage()
        else:
            packed = np.ascontiguousarray(colours)
            height, width = packed.shape[:2]
            self._image = QImage(packed.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._extent, self._caption, self._tile = extent, caption, tile
        self.update()

    @property
    def caption(self) -> str:
        """The line above the picture."""
        return self._caption

    def frame_of_picture(self) -> QRectF:
        """Give where the picture lies in this widget, in its pixels: as the camera has the field."""
        zoom = float(self._camera.zoom)
        down, across = (float(part) for part in self._camera.center[-2:])
        height, width = (zoom * part for part in self._extent)
        return QRectF(self.width() / 2 - across * zoom, self.height() / 2 - down * zoom, width, height)

    def paintEvent(self, _event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw picture, frame and caption on black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        frame = self.frame_of_picture()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, frame.width() < self._image.width())
        if not self._image.isNull():
            painter.drawImage(frame, self._image)
        if self._tile is not None:
            self._draw_tile(painter, frame)
        if self._caption:
            self._draw_caption(painter)
        painter.end()

    def _draw_tile(self, painter: QPainter, frame: QRectF) -> None:
        assert self._tile is not None
        left, top, width, height = self._tile
        painter.setPen(QPen(QColor("#e8c547"), 2))
        painter.drawRect(
            QRectF(
                frame.left() + left * frame.width(),
                frame.top() + top * frame.height(),
                width * frame.width(),
                height * frame.height(),
            )
        )

    def _draw_caption(self, painter: QPainter) -> None:
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(font)
        room = painter.fontMetrics().boundingRect(
            self.rect().adjusted(10, 0, -10, 0), Qt.TextFlag.TextWordWrap, self._caption
        )
        line = QRectF(0, 0, self.width(), room.height() + 16)
        painter.fillRect(line, QColor(0, 0, 0, 150))
        painter.setPen(QColor("white"))
        painter.drawText(line.adjusted(10, 8, -10, -8), int(Qt.TextFlag.TextWordWrap), self._caption)

    def _on_camera(self, _event: Any = None) -> None:
        if is_alive(self):
            self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Magnify both about the cursor."""
        if event is None or not event.angleDelta().y():
            return
        factor = WHEEL ** (event.angleDelta().y() / 120)
        zoom, centre = float(self._camera.zoom), np.array(self._camera.center[-2:], dtype=float)
        cursor = event.position()
        away = np.array([cursor.y() - self.height() / 2, cursor.x() - self.width() / 2]) / zoom
        self._move(centre + away * (1 - 1 / factor))
        self._camera.zoom = zoom * factor
        event.accept()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Begin a drag, or a click."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Drag both."""
        if event is None or self._pressed is None:
            return
        step = event.position() - self._last
        self._last = event.position()
        centre = np.array(self._camera.center[-2:], dtype=float)
        self._move(centre - np.array([step.y(), step.x()]) / float(self._camera.zoom))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Tell a click, which has not moved."""
        pressed, self._pressed = self._pressed, None
        if event is None or pressed is None or (event.position() - pressed).manhattanLength() > CLICK:
            return
        frame = self.frame_of_picture()
        place = (event.position().y() - frame.top(), event.position().x() - frame.left())
        self.clicked.emit(place[0] / frame.height(), place[1] / frame.width())

    def _move(self, centre: NDArray[np.float64]) -> None:
        self._camera.center = (*self._camera.center[:-2], float(centre[0]), float(centre[1]))
