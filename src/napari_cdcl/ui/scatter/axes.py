"""Draws the frame of a scatter: ticks, numbers and the names of the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QPolygonF

from cdcl.scatter import name_corners, ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QPainter
    from qtpy.QtWidgets import QWidget

    from cdcl.scatter import View
    from napari_cdcl.ui.scatter.theme import Theme

_ROOMY = 200
"""Pixels; narrower or lower, numbers are left out."""
_TICK, _GAP = 4, 6
"""Pixels of a tick, and around the plot."""


def plot_rect(widget: QWidget) -> QRect:
    """Give the place of the points within a widget; the axes take what is left and below."""
    metrics = widget.fontMetrics()
    left = below = metrics.height() + _GAP
    if _is_roomy(widget):
        left, below = left + metrics.horizontalAdvance("-00.0") + _TICK, below + metrics.height() + _TICK
    width, height = widget.width() - left - _GAP - 2, widget.height() - below - _GAP
    return QRect(left, _GAP, max(1, width), max(1, height))


def draw_axes(painter: QPainter, widget: QWidget, view: View, names: tuple[str, str], theme: Theme) -> None:
    """Draw frame, ticks and names around the points."""
    place = plot_rect(widget)
    painter.setPen(theme.rule)
    painter.drawRect(QRectF(place).adjusted(-0.5, -0.5, 0.5, 0.5))
    if _is_roomy(widget):
        painter.setPen(theme.faint)
        _draw_ticks(painter, place, view)
    painter.setPen(theme.ink)
    _draw_names(painter, place, widget.height(), names)


def draw_corners(painter: QPainter, place: QRect, view: View, corners: NDArray[np.float32], theme: Theme) -> None:
    """Draw the polygon of archetypes, and their names outside of it."""
    painter.save()
    painter.setClipRect(place)
    painter.setPen(theme.faint)
    places = [QPointF(place.left() + x, place.top() + y) for x, y in view.to_pixels(corners)]
    painter.drawPolygon(QPolygonF(places))
    painter.setPen(theme.ink)
    for name, (x, y) in zip(name_corners(len(corners)), view.to_pixels(1.06 * corners), strict=True):
        box = QRectF(place.left() + x - 20, place.top() + y - 10, 40, 20)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
    painter.restore()


def _is_roomy(widget: QWidget) -> bool:
    return min(widget.width(), widget.height()) >= _ROOMY


def _draw_ticks(painter: QPainter, place: QRect, view: View) -> None:
    (left, bottom), (right, top) = view.to_data(np.array([[0, view.height], [view.width, 0]]))
    line = painter.fontMetrics().height()
    for tick in ticks(left, right, max(2, place.width() // 80)):
        x = place.left() + view.to_pixels(np.array([[tick, 0.0]]))[0, 0]
        painter.drawLine(QPointF(x, place.bottom() + 1), QPointF(x, place.bottom() + _TICK))
        box = QRectF(x - 45, place.bottom() + _TICK + 1, 90, line)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _number(tick))
    for tick in ticks(bottom, top, max(2, place.height() // 45)):
        y = place.top() + view.to_pixels(np.array([[0.0, tick]]))[0, 1]
        painter.drawLine(QPointF(place.left() - _TICK, y), QPointF(place.left() - 1, y))
        box = QRectF(0, y - line, place.left() - _TICK - 2, 2 * line)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _number(tick))


def _draw_names(painter: QPainter, place: QRect, height: int, names: tuple[str, str]) -> None:
    line = painter.fontMetrics().height() + 2
    painter.drawText(QRectF(place.left(), height - line, place.width(), line), Qt.AlignmentFlag.AlignCenter, names[0])
    painter.save()
    painter.translate(1, place.center().y())
    painter.rotate(-90)
    box = QRectF(-place.height() / 2, 0, place.height(), line)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, names[1])
    painter.restore()


def _number(tick: float) -> str:
    return f"{0.0 if abs(tick) < 1e-12 else tick:.4g}".replace("-", "\N{MINUS SIGN}")
