"""A histogram, or cumulative curves, from which a range can be dragged; drawn by QPainter. It knows no session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from napari_cdcl.models.distributions import Distribution

BAR = QColor("#3fa7d6")
LEFT, TOP, LOW = 44, 8, 32
"""Pixels left of the frame, above it, and below it for numbers and the title."""
LEAST_DRAG = 3
"""Pixels below which a press is a click: it takes the range away."""
APART = 40
"""Pixels between two numbers on the axis, below which one is left out."""
KEY_STEP = 0.02
"""Share of the axis by which a key moves an end of the range."""


@dataclass(frozen=True, eq=False)
class Group:
    """Values that have a curve of their own: what they are called, their colour, and which they are, (N,)."""

    name: str
    colour: QColor
    mask: NDArray[np.bool_]


class Histogram(QWidget):
    """Draws a distribution with what is selected in it; dragging marks a range."""

    ranged = Signal(object)
    """(low, high) in numbers that the user has marked, or None for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._distribution: Distribution | None = None
        self._counts = self._picked = np.zeros(0, dtype=np.int64)
        self._curves: list[tuple[QColor, NDArray[np.float64]]] = []
        self._cumulative = False
        self._range: tuple[float, float] | None = None
        self._begin: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setMinimumHeight(120)
        self.setAccessibleName("histogram")

    @property
    def range(self) -> tuple[float, float] | None:
        """The range that is marked, in numbers."""
        if self._range is None or self._distribution is None:
            return None
        low, high = (self._distribution.to_value(place) for place in self._range)
        # The left end of a logarithmic axis stands for 0, too.
        return (min(low, 0.0) if self._range[0] <= self._distribution.span[0] else low), high

    def show_distribution(self, distribution: Distribution | None, groups: Sequence[Group] = ()) -> None:
        """Show other values; cumulative curves are drawn of each group, or of all."""
        self._distribution, self._range = distribution, None
        self._counts, self._picked, self._curves = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), []
        if distribution is not None:
            self._counts = distribution.counts()
            self._curves = [(one.colour, distribution.cumulated(one.mask)) for one in groups]
            self._curves = self._curves or [(BAR, distribution.cumulated())]
        self.update()

    def show_selected(self, mask: NDArray[np.bool_]) -> None:
        """Show which of the values are selected, (N,)."""
        one = self._distribution
        known = one is not None and len(mask) == len(one.values) and bool(mask.any())
        self._picked = one.counts(mask) if known and one is not None else np.zeros(0, dtype=np.int64)
        self.update()

    def show_cumulative(self, cumulative: bool) -> None:
        """Draw cumulative curves in place of bars."""
        self._cumulative = cumulative
        self.setAccessibleName("cumulative curves" if cumulative else "histogram")
        self.update()

    def mark(self, low: float, high: float) -> None:
        """Mark a range of numbers without telling."""
        if self._distribution is not None:
            places = [np.log10(max(v, 1e-300)) if self._distribution.logarithmic else v for v in (low, high)]
            ends = self._distribution.span
            self._range = (float(np.clip(places[0], *ends)), float(np.clip(places[1], *ends)))
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for enough to tell bars apart."""
        return QSize(320, 170)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Begin a range."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._distribution is not None:
            self._begin = event.position().x()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Draw it out."""
        if event is not None and self._begin is not None:
            ends = sorted(self._place(x) for x in (self._begin, event.position().x()))
            self._range = (ends[0], ends[1])
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Tell it; a click takes it away."""
        if event is None or self._begin is None:
            return
        if abs(event.position().x() - self._begin) < LEAST_DRAG:
            self._range = None
        self._begin = None
        self.update()
        self.ranged.emit(self.range)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Move the range by arrows, its end with Shift, its beginning with Ctrl; Escape takes it away."""
        step = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}.get(Qt.Key(event.key())) if event else None
        if event is None or self._distribution is None or (step is None and event.key() != Qt.Key.Key_Escape):
            super().keyPressEvent(event)
            return
        self._range = None if step is None else self._moved(step, event.modifiers())
        self.update()
        self.ranged.emit(self.range)

    def _moved(self, step: float, keys: Qt.KeyboardModifier) -> tuple[float, float]:
        assert self._distribution is not None
        low, high = self._distribution.span
        begin, end = self._range or (low, low + 0.2 * (high - low))
        by = step * (high - low) if self._range else 0.0
        begin = begin + (0.0 if keys & Qt.KeyboardModifier.ShiftModifier else by)
        end = end + (0.0 if keys & Qt.KeyboardModifier.ControlModifier else by)
        begin, end = sorted((float(np.clip(begin, low, high)), float(np.clip(end, low, high))))
        return begin, end

    def paintEvent(self, _event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw it."""
        painter, theme, frame = QPainter(self), Theme.of(self), self._frame()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(frame, theme.ground)
        if self._distribution is None or not len(self._counts) or not self._counts.sum():
            painter.setPen(theme.faint)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "no numbers to show")
            return
        if self._range is not None:
            left, right = (self._pixel(place) for place in self._range)
            painter.fillRect(
                QRectF(left, frame.top(), max(right - left, 1), frame.height()), mix(theme.ground, theme.mark, 0.3)
            )
        if self._cumulative:
            self._draw_curves(painter, frame)
        else:
            self._draw_bars(painter, theme, frame)
        self._draw_axes(painter, theme, frame, self._distribution)

    def _draw_bars(self, painter: QPainter, theme: Theme, frame: QRectF) -> None:
        top, width = max(int(self._counts.max()), 1), frame.width() / len(self._counts)
        faded = mix(BAR, theme.ground, 0.55) if len(self._picked) else BAR
        for counts, colour in ((self._counts, faded), (self._picked, theme.mark)):
            for number, count in enumerate(counts.tolist()):
                if count:
                    height = max(1.0, count / top * frame.height())
                    left = frame.left() + number * width
                    painter.fillRect(QRectF(left, frame.bottom() - height, max(width - 1, 1), height), colour)

    def _draw_curves(self, painter: QPainter, frame: QRectF) -> None:
        for colour, shares in self._curves:
            painter.setPen(QPen(colour, 1.6))
            step = frame.width() / len(shares)
            places = [
                QPointF(frame.left() + (n + 1) * step, frame.bottom() - s * frame.height())
                for n, s in enumerate(shares.tolist())
            ]
            painter.drawPolyline(QPolygonF([QPointF(frame.left(), frame.bottom()), *places]))

    def _draw_axes(self, painter: QPainter, theme: Theme, frame: QRectF, shown: Distribution) -> None:
        painter.setPen(theme.faint)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        top = "100 %" if self._cumulative else f"{int(self._counts.max()):,}"
        for text, y in ((top, frame.top() + 6), ("0", frame.bottom() - 6)):
            painter.drawText(QRectF(0, y - 8, LEFT - 5, 16), right, text)
        taken = -1e9
        for place, text in _ticks(shown):
            x = self._pixel(place)
            if x - taken >= APART:
                painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
                left = min(max(x - 30, frame.left() - 30), frame.right() - 52)
                painter.drawText(QRectF(left, frame.bottom() + 3, 60, 14), Qt.AlignmentFlag.AlignHCenter, text)
                taken = x
        how = ", logarithmic" if shown.logarithmic else ""
        unit = f" ({shown.unit})" if shown.unit else ""
        title = QRectF(frame.left(), frame.bottom() + 16, frame.width(), 15)
        painter.setPen(theme.ink)
        painter.drawText(title, Qt.AlignmentFlag.AlignCenter, f"{shown.title}{unit}{how}")

    def _frame(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT, TOP, -8, -LOW)

    def _pixel(self, place: float) -> float:
        assert self._distribution is not None
        low, high = self._distribution.span
        frame = self._frame()
        return float(frame.left() + (place - low) / (high - low) * frame.width())

    def _place(self, x: float) -> float:
        assert self._distribution is not None
        low, high = self._distribution.span
        frame = self._frame()
        return float(np.clip(low + (x - frame.left()) / max(frame.width(), 1) * (high - low), low, high))


def _ticks(shown: Distribution) -> list[tuple[float, str]]:
    """Give where numbers stand on the axis: quarters of it, or powers of ten and the 0 at its left end."""
    low, high = shown.span
    if not shown.logarithmic:
        return [(place, f"{place:.3g}") for place in np.linspace(low, high, 5).tolist()]
    zero = [(low, "0")] if (shown.values == 0).any() else []
    lowest = low + (0.5 if zero else 0.0)  # where the numbers above 0 begin
    powers = np.arange(np.ceil(lowest), np.floor(high) + 1).tolist()
    return [*zero, *((power, f"{10**power:g}") for power in powers)]
