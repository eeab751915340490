"""Live curves of a run, drawn by QPainter: no OpenGL, no other library, the colours of the window."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qtpy.QtGui import QMouseEvent, QPaintEvent

    from napari_cdcl.runs.growing_curve import Curve

COLOURS = ("#3fa7d6", "#ee964b", "#59cd90", "#d65db1")
MOST_POINTS = 600
"""More than there are pixels would not be seen."""
HEIGHT = 116
"""Pixels of a curve with its title and axis, so that three fit a laptop's window."""
SMOOTH = ("loss",)


@dataclass(frozen=True)
class Chart:
    """One little chart: its title, and which curves are drawn in it.

    Attributes
    ----------
    curves
        Name of a curve and what it is called here; its chance, `<name>_chance`, is dotted where it is known.
    tip
        What it says, and when to worry.
    """

    title: str
    curves: Mapping[str, str]
    tip: str


CHARTS = (
    Chart("loss", {"loss": "loss"}, "It need not fall far: a loss that sits still at its start learns nothing."),
    Chart(
        "use of prototypes (1: uniform, 0: one for all)",
        {"teacher_entropy": "teacher's entropy", "prototype_entropy": "over all images"},
        "A teacher's entropy that stays at 1 means that nothing is learned; entropy over all images near 0, collapse.",
    ),
    Chart(
        "feature spread (0: collapsed)",
        {"feature_spread": "spread"},
        "How far apart images lie. Near 0, all look the same to the network.",
    ),
    Chart("learning rate", {"lr": "learning rate"}, "It rises in the warm-up and falls to the end."),
    Chart(
        "validation: treatment found again",
        {"validation_accuracy": "k-NN accuracy"},
        "At each checkpoint, of up to 1,024 fields held out for validation: how often their neighbours among those "
        "that are trained on name their treatment. Dotted: by chance.",
    ),
    Chart(
        "sample: treatment found again in another batch",
        {"probe_held_out_treatment": "held-out batches", "probe_treatment": "batches trained on"},
        "Of the sample: how often the 10 nearest neighbours in another batch name a field's treatment. It should rise "
        "above the dotted line, which is chance.",
    ),
    Chart(
        "sample: batch recognised",
        {"probe_held_out_batch": "held-out batches", "probe_batch": "batches trained on"},
        "Of the sample: how often the 10 nearest neighbours in another well name a field's batch. It should fall to "
        "the dotted line, which is chance: batches are then mixed.",
    ),
)


class Curves(QWidget):
    """Draws the charts that there is something to draw in; one or two runs, the second dashed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Mapping[str, Curve]] = []
        self._shown: list[Chart] = []
        self._cursor: QPointF | None = None
        self.setMouseTracking(True)
        self.setMinimumHeight(HEIGHT)

    def show_curves(self, *runs: Mapping[str, Curve]) -> None:
        """Draw the curves of one run, or of two."""
        if [_size_of(run) for run in runs] == [_size_of(run) for run in self._runs]:
            return
        self._runs = list(runs)
        self._shown = [chart for chart in CHARTS if any(_has(run, chart) for run in runs)]
        self.setMinimumHeight(max(HEIGHT, HEIGHT * ceil(len(self._shown) / self._columns)))
        self.update()

    @property
    def shown(self) -> list[str]:
        """The titles of the charts on display."""
        return [chart.title for chart in self._shown]

    @property
    def _columns(self) -> int:
        return 2 if self.width() > 420 else 1

    def resizeEvent(self, _event: object) -> None:  # noqa: N802
        """Lay the charts out anew."""
        self.setMinimumHeight(max(HEIGHT, HEIGHT * ceil(len(self._shown) / self._columns)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the curves off at the cursor."""
        self._cursor = event.position()
        chart = next((c for c, frame in self._chart_frames() if frame.contains(self._cursor)), None)
        self.setToolTip("" if chart is None else chart.tip)
        self.update()

    def leaveEvent(self, _event: object) -> None:  # noqa: N802
        """Read off nothing."""
        self._cursor = None
        self.update()

    def _chart_frames(self) -> list[tuple[Chart, QRectF]]:
        rows = max(1, ceil(len(self._shown) / self._columns))
        width, height = self.width() / self._columns, self.height() / rows
        columns = self._columns
        return [
            (chart, QRectF(n % columns * width, n // columns * height, width - 8, height - 6))
            for n, chart in enumerate(self._shown)
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw all charts."""
        painter, theme = QPainter(self), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._shown:
            painter.setPen(theme.faint)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "curves appear with the first steps")
        for chart, place in self._chart_frames():
            self._draw(painter, theme, chart, place)
        painter.end()

    def _draw(self, painter: QPainter, theme: Theme, chart: Chart, place: QRectF) -> None:
        lines = self._lines(chart)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        frame = place.adjusted(52, 18 + 12 * len(lines), -4, -14)
        painter.fillRect(frame, theme.ground)
        painter.setPen(theme.ink)
        title = QFontMetricsF(font).elidedText(chart.title, Qt.TextElideMode.ElideRight, place.width() - 4)
        painter.drawText(QPointF(place.left() + 2, place.top() + 12), title)
        chances = self._chances(chart)
        span = _Span.of([*(curve for curve, _, _, _ in lines), *(curve for curve, _ in chances)])
        painter.setPen(theme.faint)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in ((span.high, frame.top() + 5), (span.low, frame.bottom() - 5)):
            painter.drawText(QRectF(place.left(), y - 7, 48, 14), right, f"{value:.2g}")
        painter.drawText(QPointF(frame.left(), place.bottom() - 2), f"{span.first:,}")
        painter.drawText(QRectF(frame.left(), place.bottom() - 12, frame.width(), 12), right, f"step {span.last:,}")
        for curve, colour in chances:
            painter.setPen(QPen(colour, 1.4, Qt.PenStyle.DotLine))
            painter.drawPolyline(span.to_pixels(curve, frame))
        for curve, _, colour, dashed in lines:
            pen = QPen(colour, 1.6)
            pen.setStyle(Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            points = span.to_pixels(curve, frame)
            painter.drawPolyline(points)
            if points.size() == 1:  # a line of one point cannot be seen
                painter.drawEllipse(points[0], 2.0, 2.0)
        self._draw_names(painter, lines, frame, span)

    def _draw_names(self, painter: QPainter, lines: Sequence[_Line], frame: QRectF, span: _Span) -> None:
        """Name the curves with their value at the cursor, or the last."""
        inside = self._cursor is not None and frame.adjusted(0, -42, 0, 14).contains(self._cursor)
        top = frame.top() - 12 * len(lines)
        for number, (curve, name, colour, _) in enumerate(lines):
            at = len(curve.steps) - 1
            if inside and self._cursor is not None:
                step = span.first + (self._cursor.x() - frame.left()) / max(frame.width(), 1) * (span.last - span.first)
                at = int(np.abs(curve.steps - step).argmin())
            painter.setPen(colour)
            text = f"{name} {curve.values[at]:.4g}" + (f" at {curve.steps[at]:,}" if inside else "")
            painter.drawText(QPointF(frame.left(), top + 9 + 12 * number), text)

    def _chances(self, chart: Chart) -> list[tuple[Curve, QColor]]:
        """Give what chance alone would reach, in the colours of the curves."""
        found = []
        for run, curves in enumerate(self._runs):
            for number, name in enumerate(chart.curves):
                curve = curves.get(_chance_of(name))
                if curve is not None and name in curves and np.isfinite(_thin(curve).values).any():
                    found.append((_thin(curve), QColor(COLOURS[(number + 2 * run) % len(COLOURS)])))
        return found

    def _lines(self, chart: Chart) -> list[_Line]:
        lines: list[_Line] = []
        for run, curves in enumerate(self._runs):
            for number, (name, title) in enumerate(chart.curves.items()):
                curve = curves.get(name)
                if curve is not None and np.isfinite(_thin(curve).values).any():
                    colour = QColor(COLOURS[(number + 2 * run) % len(COLOURS)])
                    chance = curves.get(_chance_of(name))
                    told = "" if chance is None else f" (chance {chance.values[-1]:.2g})"
                    lines.append((_thin(curve), title + told, colour, run > 0))
        return lines


_Line = tuple["Curve", str, QColor, bool]


@dataclass(frozen=True)
class _Span:
    """The part of the plane that a chart shows."""

    first: int
    last: int
    low: float
    high: float

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> _Span:
        steps = np.concatenate([curve.steps for curve in curves])
        values = np.concatenate([curve.values for curve in curves])
        values = values[np.isfinite(values)]
        low, high = float(values.min()), float(values.max())
        room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
        return cls(int(steps.min()), int(steps.max()), low - room if low else 0.0, high + room)

    def to_pixels(self, curve: Curve, frame: QRectF) -> QPolygonF:
        """Give the curve in pixels."""
        x = frame.left() + (curve.steps - self.first) / max(1, self.last - self.first) * frame.width()
        y = frame.bottom() - (curve.values - self.low) / (self.high - self.low) * frame.height()
        return QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True) if isfinite(b)])


def _size_of(run: Mapping[str, Curve]) -> dict[str, tuple[int, float]]:
    """Tell runs apart that have grown, cheaply: curves only grow, or begin anew."""
    return {name: (len(curve.steps), float(curve.values[-1])) for name, curve in run.items() if len(curve.steps)}


def _chance_of(name: str) -> str:
    return f"{name.removesuffix('_accuracy')}_chance"


def _has(run: Mapping[str, Curve], chart: Chart) -> bool:
    return any(name in run and np.isfinite(_thin(run[name]).values).any() for name in chart.curves)


def _thin(curve: Curve) -> Curve:
    """Average neighbours where there are more points than pixels."""
    from napari_cdcl.runs.growing_curve import Curve

    if curve.coarse is not None:
        return curve.coarse
    chunk = len(curve.steps) // MOST_POINTS
    if chunk < 2:
        return curve
    whole = len(curve.steps) // chunk * chunk
    means = curve.values[:whole].reshape(-1, chunk).mean(axis=1)
    return Curve(curve.steps[chunk - 1 : whole : chunk], means)
