"""Dose-response curves as small multiples, read off and chosen by mouse or keys. It knows no session."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_cdcl.models.dose_plots import common_heights
from napari_cdcl.panels.treatments.dose_painter import ROOM, Frame, Marks, draw_plot
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from napari_cdcl.models.dose_plots import DosePlot

WIDTH, HEIGHT = 180, 148
"""Pixels of a plot at least, and its height: four decades of doses can be told apart, and three rows are seen."""
NEAR = 14
"""Pixels from a dose within which the cursor means it."""
ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Home: (-(10**6), 0),
    Qt.Key.Key_End: (10**6, 0),
}
"""Compounds and doses that a key goes on by."""


class DoseGrid(QWidget):
    """Draws a plot a compound; a click on a dose wants it, one on the title wants the compound."""

    wanted = Signal(str, object, bool)
    """Compound, its dose (None for all), and whether it is added to what is chosen."""
    pointed = Signal(str)
    """What is under the cursor, or the keys, in words; "" for nothing."""
    line_reached = Signal(object)
    """QRect of the plot that the keys have come to: whoever scrolls shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: tuple[DosePlot, ...] = ()
        self._colours: tuple[QColor, ...] = ()
        self._same = True
        self._chosen: frozenset[int] = frozenset()
        self.current = -1
        """The plot that the keys act on; -1 for none."""
        self.dose: float | None = None
        """The dose in it that the keys, or the cursor, have come to."""
        self._spans: list[tuple[float, float]] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("dose-response curves")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_plots(self, plots: Sequence[DosePlot]) -> None:
        """Show other plots; the keys stay with their compound."""
        compound = self.plots[self.current].curve.compound if 0 <= self.current < len(self.plots) else ""
        self.plots = tuple(plots)
        names = [plot.curve.compound for plot in self.plots]
        self.current = names.index(compound) if compound in names else -1
        if self.current < 0:
            self.dose = None
        self._measure()

    def show_batches(self, colours: Sequence[QColor]) -> None:
        """Tell batches apart by these colours, and join their means; none for all alike."""
        self._colours = tuple(colours)
        self.update()

    def share_axes(self, same: bool) -> None:
        """Give all plots the same axis of responses, or each its own."""
        self._same = same
        self._measure()

    def mark_wells(self, wells: NDArray[np.int64]) -> None:
        """Ring these wells of the screen."""
        self._chosen = frozenset(wells.tolist())
        self.update()

    def frames(self) -> list[Frame]:
        """Give where each plot lies."""
        columns = self._columns()
        width = self.width() / columns
        places = [QRectF(n % columns * width, n // columns * HEIGHT, width, HEIGHT) for n in range(len(self.plots))]
        return [
            Frame(place, plot.span, heights)
            for place, plot, heights in zip(places, self.plots, self._spans, strict=True)
        ]

    def at(self, place: QPoint) -> tuple[int, float | None]:
        """Give the plot at a place, -1 for none, and the dose there, None beside the doses."""
        for number, (frame, plot) in enumerate(zip(self.frames(), self.plots, strict=True)):
            if frame.place.contains(place.toPointF()):
                if not frame.inner.adjusted(-NEAR, 0, NEAR, 20).contains(place.toPointF()) or not len(plot.levels):
                    return number, None
                away = np.abs(frame.x(plot.place(plot.levels)) - place.x())
                nearest = int(away.argmin())
                return number, float(plot.levels[nearest]) if away[nearest] <= NEAR else None
        return -1, None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for all plots."""
        return QSize(2 * WIDTH, self._height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Lay the plots out anew."""
        super().resizeEvent(event)
        self.setMinimumHeight(self._height())

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw the plots that can be seen."""
        painter, theme = QPainter(self), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        seen = QRectF(self.rect() if event is None else event.rect())
        for number, (frame, plot) in enumerate(zip(self.frames(), self.plots, strict=True)):
            if frame.place.intersects(seen):
                here = number == self.current
                chosen = np.array([well in self._chosen for well in plot.wells.tolist()], dtype=np.bool_)
                marks = Marks(self._colours, here and self.hasFocus(), self.dose if here else None, chosen)
                draw_plot(painter, theme, frame, plot, marks)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Read off what is under the cursor."""
        if event is not None:
            self._go_to(*self.at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Want what is under the cursor."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go_to(*self.at(event.position().toPoint()))
        self._want(adding=bool(event.modifiers() & ADDING))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Go to another compound (up, down, Home, End) or dose (left, right); Return and Space want it."""
        key = None if event is None else Qt.Key(event.key())
        if event is None or not self.plots:
            super().keyPressEvent(event)
        elif key in STEPS:
            self._step(*STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._want(adding=bool(event.modifiers() & ADDING))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say what a plot shows."""
        if event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            QToolTip.showText(help_event.globalPos(), self._tip(*self.at(help_event.pos())), self)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            if event.type() == QEvent.Type.FocusIn and self.current < 0 and self.plots:
                self._go_to(0, None)
            self.update()
        return super().event(event)

    def _tip(self, number: int, dose: float | None) -> str:
        if number < 0:
            return ""
        act = "Click a dose to see its fields, the name to select the compound; Shift adds."
        return f"{self.plots[number].in_words(dose)}\n{act}\nBy keys: arrows, then Return."

    def _step(self, compounds: int, doses: int) -> None:
        if compounds or self.current < 0:
            first = -1 if self.current < 0 < compounds else self.current
            self._go_to(min(max(first + compounds, 0), len(self.plots) - 1), None)
        else:
            levels = self.plots[self.current].levels
            place = -1 if self.dose is None else int(np.searchsorted(levels, self.dose))
            place = len(levels) - 1 if place < 0 and doses < 0 else min(max(place + doses, 0), len(levels) - 1)
            self._go_to(self.current, float(levels[place]) if len(levels) else None)
        self.line_reached.emit(self.frames()[self.current].place.toRect())

    def _go_to(self, number: int, dose: float | None) -> None:
        if (number, dose) == (self.current, self.dose):
            return
        if number >= 0:
            self.current, self.dose = number, dose
        else:
            self.dose = None
        words = self.plots[number].in_words(dose) if number >= 0 else ""
        self.setAccessibleDescription(words)
        self.pointed.emit(words)
        self.update()

    def _want(self, *, adding: bool) -> None:
        if self.current >= 0:
            self.wanted.emit(self.plots[self.current].curve.compound, self.dose, adding)

    def _columns(self) -> int:
        return max(1, self.width() // WIDTH)

    def _height(self) -> int:
        return max(1, ceil(len(self.plots) / self._columns())) * HEIGHT

    def _measure(self) -> None:
        """Find the axes of responses anew, with a little room at both ends."""
        ends = [plot.heights for plot in self.plots]
        if self._same and ends:
            ends = [common_heights(self.plots)] * len(ends)
        rooms = [ROOM * (high - low or 1.0) for low, high in ends]
        self._spans = [(low - room, high + room) for (low, high), room in zip(ends, rooms, strict=True)]
        self.setMinimumHeight(self._height())
        self.updateGeometry()
        self.update()

    def rect_of(self, compound: str) -> QRect:
        """Give where the plot of a compound lies."""
        names = [plot.curve.compound for plot in self.plots]
        return self.frames()[names.index(compound)].place.toRect() if compound in names else QRect()
