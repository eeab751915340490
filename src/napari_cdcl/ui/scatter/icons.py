"""The toolbar's icons, drawn in the ink of the theme on a square of 16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 16
"""Pixels of Qt's small icons."""
_SHARP = 3
"""Pixels a unit, enough for any screen."""


def draw_icon(name: str, ink: QColor) -> QIcon:
    """Draw an icon by name, faded where its button is disabled."""
    icon = QIcon()
    faded = QColor(ink)
    faded.setAlphaF(0.3)
    icon.addPixmap(_draw(name, ink), QIcon.Mode.Normal)
    icon.addPixmap(_draw(name, faded), QIcon.Mode.Disabled)
    return icon


def _draw(name: str, ink: QColor) -> QPixmap:
    pixmap = QPixmap(QSize(SIDE, SIDE) * _SHARP)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SHARP, _SHARP)
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    _DRAWN[name](painter)
    painter.end()
    return pixmap


def _lines(painter: QPainter, *lines: tuple[float, ...]) -> None:
    for line in lines:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(line[::2], line[1::2], strict=True)]))


def _dashed(painter: QPainter) -> None:
    pen = painter.pen()
    pen.setDashPattern([2.2, 1.8])
    painter.setPen(pen)


def _pan(painter: QPainter) -> None:
    _lines(painter, (8, 2, 8, 14), (2, 8, 14, 8))
    _lines(painter, (6, 4, 8, 2, 10, 4), (6, 12, 8, 14, 10, 12), (4, 6, 2, 8, 4, 10), (12, 6, 14, 8, 12, 10))


def _lasso(painter: QPainter) -> None:
    path = QPainterPath(QPointF(5, 10.5))
    path.cubicTo(0, 8, 2, 2.5, 8, 2.5)
    path.cubicTo(14, 2.5, 15.5, 7.5, 12, 9.5)
    path.cubicTo(9.5, 11, 6.5, 11, 5, 10.5)
    painter.drawPath(path)
    painter.drawEllipse(QPointF(5, 10.7), 1.3, 1.3)
    _lines(painter, (5, 12, 5.2, 13, 4, 14.3))


def _rectangle(painter: QPainter) -> None:
    _dashed(painter)
    painter.drawRect(QRectF(2.5, 3.5, 11, 9))


def _undo(painter: QPainter) -> None:
    path = QPainterPath(QPointF(3, 6))
    path.lineTo(9.5, 6)
    path.arcTo(QRectF(5.5, 6, 8, 7), 90, -180)
    path.lineTo(6, 13)
    painter.drawPath(path)
    _lines(painter, (6, 3, 3, 6, 6, 9))


def _redo(painter: QPainter) -> None:
    painter.translate(SIDE, 0)
    painter.scale(-1, 1)
    _undo(painter)


def _invert(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(8, 8), 5.5, 5.5)
    painter.setBrush(painter.pen().color())
    painter.drawPie(QRectF(2.5, 2.5, 11, 11), 90 * 16, 180 * 16)


def _clear(painter: QPainter) -> None:
    _lines(painter, (4, 4, 12, 12), (12, 4, 4, 12))


def _fit(painter: QPainter) -> None:
    _lines(painter, (2.5, 6, 2.5, 2.5, 6, 2.5), (10, 2.5, 13.5, 2.5, 13.5, 6))
    _lines(painter, (13.5, 10, 13.5, 13.5, 10, 13.5), (6, 13.5, 2.5, 13.5, 2.5, 10))
    painter.drawEllipse(QPointF(8, 8), 1.5, 1.5)


def _density(painter: QPainter) -> None:
    ink = QColor(painter.pen().color())
    painter.setPen(Qt.PenStyle.NoPen)
    for radius in (6.5, 4.4, 2.3):
        shade = QColor(ink)
        shade.setAlphaF(0.36 * ink.alphaF())
        painter.setBrush(shade)
        painter.drawEllipse(QPointF(8, 8), radius, radius * 0.85)


def _look(painter: QPainter) -> None:
    _lines(painter, (2, 5, 14, 5), (2, 11, 14, 11))
    painter.setBrush(painter.pen().color())
    painter.drawEllipse(QPointF(10.5, 5), 2, 2)
    painter.drawEllipse(QPointF(5, 11), 2, 2)


def _save(painter: QPainter) -> None:
    _lines(painter, (8, 2, 8, 10), (5, 7, 8, 10, 11, 7), (2.5, 10, 2.5, 13.5, 13.5, 13.5, 13.5, 10))


_DRAWN: dict[str, Callable[[QPainter], None]] = {
    "pan": _pan,
    "lasso": _lasso,
    "rectangle": _rectangle,
    "undo": _undo,
    "redo": _redo,
    "invert": _invert,
    "clear": _clear,
    "fit": _fit,
    "density": _density,
    "look": _look,
    "save": _save,
}
