"""Paints one small dose-response plot: points, curve, interval of EC50, axes, in the colours of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPen, QPolygonF

from napari_cdcl.ui.scatter.theme import mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QPainter

    from napari_cdcl.models.dose_plots import DosePlot
    from napari_cdcl.ui.scatter.theme import Theme

CURVE = QColor("#3fa7d6")
LEFT, LOW, LINE = 40, 17, 14
"""Pixels left of the frame for numbers, below it for doses, and of a line of text."""
ROOM = 0.05
"""Share of the responses' axis that is left above the highest and below the lowest well."""
DOT = 2.2
"""Radius of a well: as large as some hundred wells in a plot allow."""
APART = 26
"""Pixels between two numbers on the axis of doses, below which every second one is left out."""


@dataclass(frozen=True)
class Frame:
    """Where a plot lies, and what part of the plane it shows.

    Attributes
    ----------
    place
        All of its room, in pixels; `inner` is what the points are in.
    span, heights
        Ends of the axes: log10 of the dose, and response.
    """

    place: QRectF
    span: tuple[float, float]
    heights: tuple[float, float]

    @property
    def inner(self) -> QRectF:
        """What the points are in."""
        return self.place.adjusted(LEFT, 2 * LINE + 5, -6, -LOW)

    @property
    def title(self) -> QRectF:
        """Where compound and EC50 stand."""
        return QRectF(self.place.left() + 4, self.place.top() + 2, self.place.width() - 8, 2 * LINE + 2)

    def x(self, logs: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Give the pixel of log10 doses."""
        low, high = self.span
        return np.asarray(self.inner.left() + (np.asarray(logs) - low) / (high - low) * self.inner.width())

    def y(self, values: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Give the pixel of responses."""
        low, high = self.heights
        inner = self.inner
        return np.asarray(inner.bottom() - (np.asarray(values) - low) / (high - low) * inner.height())


@dataclass(frozen=True)
class Marks:
    """What is marked in a plot.

    Attributes
    ----------
    colours
        Of batches, where they are told apart; else none, and all wells look alike.
    current
        Whether the keys act on this plot.
    dose
        The dose under the cursor or the keys; None for none.
    chosen
        Which wells are selected, (n,).
    """

    colours: Sequence[QColor]
    current: bool
    dose: float | None
    chosen: NDArray[np.bool_]


def draw_plot(painter: QPainter, theme: Theme, frame: Frame, plot: DosePlot, marks: Marks) -> None:
    """Draw a plot into its frame."""
    inner = frame.inner
    painter.fillRect(inner, theme.ground)
    if marks.dose is not None:
        x = float(frame.x(plot.place(np.array([marks.dose])))[0])
        painter.fillRect(QRectF(x - 7, inner.top(), 14, inner.height()), mix(theme.ground, theme.mark, 0.22))
    _draw_axes(painter, theme, frame, plot)
    painter.save()
    painter.setClipRect(inner.adjusted(-1, -1, 1, 1))
    _draw_fit(painter, theme, frame, plot)
    _draw_batches(painter, frame, plot, marks)
    _draw_wells(painter, theme, frame, plot, marks)
    painter.restore()
    _draw_title(painter, theme, frame, plot)
    if marks.current:
        painter.setPen(QPen(theme.mark, 1.4))
        painter.drawRect(frame.place.adjusted(1, 1, -1, -1))


def _draw_axes(painter: QPainter, theme: Theme, frame: Frame, plot: DosePlot) -> None:
    inner = frame.inner
    painter.setPen(theme.faint)
    room = ROOM / (1 + 2 * ROOM) * (frame.heights[1] - frame.heights[0])
    low, high = frame.heights[0] + room, frame.heights[1] - room
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for value in (high, low):
        y = float(frame.y(value))
        painter.drawText(QRectF(frame.place.left(), y - 7, LEFT - 5, 14), right, _short(value, high - low))
    taken = -1e9
    for place, text in _ticks(plot):
        x = float(frame.x(place))
        if inner.left() - 2 <= x <= inner.right() + 2 and x - taken >= APART:
            painter.drawLine(QPointF(x, inner.bottom()), QPointF(x, inner.bottom() + 3))
            painter.drawText(QRectF(x - 24, inner.bottom() + 2, 48, LINE), Qt.AlignmentFlag.AlignCenter, text)
            taken = x


def _short(value: float, span: float) -> str:
    """Write an end of the axis in two digits; what cannot be told from zero is 0."""
    return "0" if abs(value) < 0.01 * span else f"{value:.2g}"


def _ticks(plot: DosePlot) -> list[tuple[float, str]]:
    """Give controls and the powers of ten between the doses; the doses themselves where none lies between."""
    tested = plot.levels[plot.levels > 0]
    ticks = [(plot.zero, "0")] if (plot.levels == 0).any() else []
    if not len(tested):
        return ticks
    low, high = np.log10(tested.min()), np.log10(tested.max())
    powers = np.arange(np.ceil(low - 0.2), np.floor(high + 0.2) + 1)
    found = [(float(power), f"{10**power:g}") for power in powers]
    return [*ticks, *(found or [(float(np.log10(dose)), f"{dose:g}") for dose in tested])]


def _draw_fit(painter: QPainter, theme: Theme, frame: Frame, plot: DosePlot) -> None:
    along, heights = plot.line()
    if not len(along):
        return
    inner, curve = frame.inner, plot.curve
    low, middle, high = frame.x(np.log10([curve.ec50_low, curve.ec50, curve.ec50_high])).tolist()
    band = QColor(CURVE)
    band.setAlphaF(0.18)
    painter.fillRect(QRectF(low, inner.top(), max(high - low, 1), inner.height()), band)
    painter.setPen(QPen(mix(CURVE, theme.ground, 0.2), 1.0, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(middle, inner.top()), QPointF(middle, inner.bottom()))
    painter.setPen(QPen(CURVE, 1.8))
    painter.drawPolyline(_polygon(frame.x(along), frame.y(heights)))


def _draw_batches(painter: QPainter, frame: Frame, plot: DosePlot, marks: Marks) -> None:
    """Join the means of each batch, where batches are told apart."""
    for number, colour in enumerate(marks.colours):
        places, means = plot.means(number)
        painter.setPen(QPen(colour, 1.0))
        painter.drawPolyline(_polygon(frame.x(places), frame.y(means)))


def _draw_wells(painter: QPainter, theme: Theme, frame: Frame, plot: DosePlot, marks: Marks) -> None:
    xs, ys = frame.x(plot.place(plot.doses)).tolist(), frame.y(np.clip(plot.values, *frame.heights)).tolist()
    usual = mix(theme.ink, theme.ground, 0.25)
    colours = [marks.colours[number] if marks.colours else usual for number in plot.batches.tolist()]
    for x, y, colour, chosen in zip(xs, ys, colours, marks.chosen.tolist(), strict=True):
        painter.setPen(QPen(theme.mark, 1.6) if chosen else Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), DOT + chosen, DOT + chosen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_title(painter: QPainter, theme: Theme, frame: Frame, plot: DosePlot) -> None:
    room, left = QFontMetricsF(painter.font()), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for line, (text, colour) in enumerate(
        ((plot.curve.compound, theme.ink), (plot.ec50_in_words(), CURVE if not plot.curve.reason else theme.faint))
    ):
        place = QRectF(frame.title.left(), frame.title.top() + line * LINE, frame.title.width(), LINE)
        painter.setPen(colour)
        painter.drawText(place, left, room.elidedText(text, Qt.TextElideMode.ElideRight, place.width()))


def _polygon(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
