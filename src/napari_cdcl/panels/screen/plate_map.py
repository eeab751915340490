"""A plate seen from above: wells to look at, to click and to select by dragging. It knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from cdcl.screen.plates import row_letters
from napari_cdcl.panels.screen.well_cursor import STEPS, next_well
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qtpy.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPixmap, QResizeEvent

_MARGIN = 20.0
"""Pixels for the names of rows and columns."""
_CLICK = 4
"""Pixels; what moves less is a click."""


class PlateMap(QWidget):
    """Draws wells as discs. What is set from outside is not told back."""

    clicked = Signal(int)
    """The well that was clicked without a modifier."""
    selected = Signal(object, str)
    """List of wells and what to do with them: "replace", "add" (shift) or "subtract" (alt or ctrl)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = (8, 12)
        self._describe: Callable[[int], str] = lambda well: ""
        self._picture: Callable[[int], QPixmap | None] | None = None
        self._dragged: tuple[QPoint, QPoint] | None = None
        self.setMinimumSize(160, 150)
        self.set_wells((8, 12), np.zeros((0, 2), dtype=np.int64))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("plate map")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for the height that the plate fills."""
        return QSize(340, min(self.maximumHeight(), 420))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Take no more height than the plate fills."""
        super().resizeEvent(event)
        self._limit_height()

    def _limit_height(self) -> None:
        rows, columns = self.shape
        fills = (self.width() - _MARGIN - 4) / columns * rows + _MARGIN + 4
        self.setMaximumHeight(max(self.minimumHeight(), int(np.ceil(fills))))
        self.updateGeometry()

    def set_wells(self, shape: tuple[int, int], layout: NDArray[np.int64]) -> None:
        """Show a plate of `shape` rows and columns, whose wells have images at `places` (W, 2), from 0."""
        self.shape, self.plate_layout = shape, layout
        self._colours = np.zeros(len(layout), dtype=np.uint32)
        self._ringed = np.zeros(len(layout), dtype=np.bool_)
        self._doubtful = np.zeros(len(layout), dtype=np.bool_)
        self._current = self._cursor = -1
        self._limit_height()
        self.update()

    def set_colours(self, colours: NDArray[np.uint32]) -> None:
        """Colour the wells, ARGB (W,); 0 leaves a well hollow."""
        self._colours = colours
        self.update()

    def set_ringed(self, ringed: NDArray[np.bool_]) -> None:
        """Ring the wells that hold something selected, (W,); as long as there are such, the others are faint."""
        self._ringed = ringed
        self.update()

    def set_doubtful(self, doubtful: NDArray[np.bool_]) -> None:
        """Put a question mark on the wells that lack something, (W,)."""
        self._doubtful = doubtful
        self.update()

    def set_current(self, well: int) -> None:
        """Frame the well on display, or none with -1."""
        self._current = self._cursor = well
        self.update()

    def set_pictures(self, picture: Callable[[int], QPixmap | None] | None) -> None:
        """Draw a picture of each well that has one, framed in its colour, in place of a disc; None draws discs."""
        self._picture = picture
        self.update()

    def set_describe(self, describe: Callable[[int], str]) -> None:
        """Set what the tooltip of a well says."""
        self._describe = describe

    @property
    def side(self) -> float:
        """Pixels from well to well."""
        rows, columns = self.shape
        return min((self.width() - _MARGIN - 4) / columns, (self.height() - _MARGIN - 4) / rows)

    def rect_of(self, well: int) -> QRectF:
        """Give the square of a well, in pixels."""
        row, column = self.plate_layout[well].tolist()
        return self._square(row, column)

    def well_at(self, place: QPoint) -> int:
        """Give the well at a place, or -1."""
        rows, columns = self._cells(np.array([[place.y(), place.x()]])).T
        found = np.flatnonzero((self.plate_layout[:, 0] == rows[0]) & (self.plate_layout[:, 1] == columns[0]))
        return int(found[0]) if len(found) else -1

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint names, wells, and what is being dragged."""
        del event
        painter, theme = QPainter(self), Theme.of(self)
        painter.fillRect(self.rect(), theme.ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_names(painter, theme)
        self._paint_empty(painter, theme)
        faint = bool(self._ringed.any())
        for well in range(len(self.plate_layout)):
            self._paint_well(painter, theme, well, faint=faint and not self._ringed[well])
        if self._dragged is not None:
            painter.setPen(QPen(theme.mark, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(*self._dragged).normalized())
        painter.end()

    def _paint_names(self, painter: QPainter, theme: Theme) -> None:
        rows, columns = self.shape
        painter.setPen(theme.faint)
        font = painter.font()
        font.setPixelSize(int(np.clip(self.side * 0.6, 7, 11)))
        painter.setFont(font)
        every = max(1, round(11 / max(self.side, 1)))
        centred = Qt.AlignmentFlag.AlignCenter
        for row in range(0, rows, every):
            square = self._square(row, 0)
            painter.drawText(QRectF(0, square.center().y() - 8, _MARGIN, 16), centred, row_letters(row + 1))
        every = max(1, round(17 / max(self.side, 1)))
        for column in range(0, columns, every):
            square = self._square(0, column)
            painter.drawText(QRectF(square.center().x() - 12, 0, 24, _MARGIN), centred, str(column + 1))

    def _paint_empty(self, painter: QPainter, theme: Theme) -> None:
        """Mark all wells of the plate with a dot: those without an image stay so."""
        rows, columns = self.shape
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.rule)
        radius = max(0.8, self.side * 0.06)
        for row in range(rows):
            for column in range(columns):
                painter.drawEllipse(self._square(row, column).center(), radius, radius)

    def _paint_well(self, painter: QPainter, theme: Theme, well: int, *, faint: bool) -> None:
        square, side = self.rect_of(well), self.side
        radius, centre = side * 0.38, square.center()
        colour = QColor.fromRgba(int(self._colours[well])) if self._colours[well] else QColor(theme.ground)
        painter.setOpacity(0.35 if faint else 1.0)
        pixmap = None if self._picture is None else self._picture(well)
        if pixmap is not None and not pixmap.isNull():
            self._paint_picture(painter, square, pixmap, colour)
        else:
            painter.setBrush(colour)
            painter.setPen(Qt.PenStyle.NoPen if self._colours[well] else QPen(theme.faint, 1))
            painter.drawEllipse(centre, radius, radius)
        painter.setOpacity(1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._ringed[well]:
            painter.setPen(QPen(theme.ink, max(1.2, side * 0.09)))
            painter.drawEllipse(centre, side * 0.43, side * 0.43)
        if self._doubtful[well]:
            painter.setPen(theme.mark)
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, "?")
        if well == self._current:
            painter.setPen(QPen(theme.mark, max(1.5, side * 0.08)))
            painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5))
        if well == self._cursor and self.hasFocus():
            painter.setPen(QPen(theme.ink, 1, Qt.PenStyle.DotLine))
            painter.drawRect(square.adjusted(-1, -1, 1, 1))

    @staticmethod
    def _paint_picture(painter: QPainter, square: QRectF, pixmap: QPixmap, colour: QColor) -> None:
        """Fill a well's square with a picture's middle, and frame it in the colour of the well."""
        frame = max(1.0, square.width() * 0.07)
        inside = square.adjusted(frame, frame, -frame, -frame)
        side = min(pixmap.width(), pixmap.height())
        middle = QRectF((pixmap.width() - side) / 2, (pixmap.height() - side) / 2, side, side)
        painter.fillRect(square.adjusted(0.5, 0.5, -0.5, -0.5), colour)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(inside, pixmap, middle)

    @property
    def cursor_well(self) -> int:
        """The well that keys act on, or -1."""
        return self._cursor

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move with the arrows (Shift selects on the way), and choose a well with Return or Space as by a click."""
        key, mode = Qt.Key(event.key()), _mode_of(event.modifiers())
        if key in STEPS:
            self._cursor = next_well(self.plate_layout, self._cursor, STEPS[key])
            self.setAccessibleDescription(self._describe(self._cursor) if self._cursor >= 0 else "")
            if self._cursor >= 0 and mode == "add":
                self.selected.emit([self._cursor], mode)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cursor >= 0:
            self._choose(self._cursor, mode)
        else:
            super().keyPressEvent(event)

    def _choose(self, well: int, mode: str) -> None:
        self.selected.emit([well], mode)
        if mode == "replace":
            self.clicked.emit(well)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin to drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = (event.position().toPoint(), event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag on."""
        if self._dragged is not None:
            self._dragged = (self._dragged[0], event.position().toPoint())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell the wells within what was dragged, those of a row or column that was named, or the one clicked."""
        if self._dragged is None or event.button() != Qt.MouseButton.LeftButton:
            return
        (begin, _), end = self._dragged, event.position().toPoint()
        self._dragged = None
        mode = _mode_of(event.modifiers())
        if (end - begin).manhattanLength() > _CLICK or self._on_names(begin):
            self.selected.emit(self._within(begin, end), mode)
        elif (well := self.well_at(end)) >= 0:
            self._choose(well, mode)
        elif mode == "replace":
            self.selected.emit([], mode)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Show what a well is."""
        if event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            well = self.well_at(help_event.pos())
            text = self._describe(well) if well >= 0 else ""
            QToolTip.showText(help_event.globalPos(), text or self.toolTip(), self)
            return True
        return super().event(event)

    def _square(self, row: int, column: int) -> QRectF:
        side = self.side
        return QRectF(_MARGIN + column * side, _MARGIN + row * side, side, side)

    def _cells(self, layout: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give row and column (n, 2) at layout (n, 2), y and x in pixels."""
        cells: NDArray[np.int64] = np.floor((layout - _MARGIN) / max(self.side, 1e-6)).astype(np.int64)
        return cells

    def _on_names(self, place: QPoint) -> bool:
        """Tell whether a place is on the names of rows or columns, which stand for all their wells."""
        return min(place.x(), place.y()) < _MARGIN and bool(
            (self._cells(np.array([[place.y(), place.x()]])) < self.shape).all()
        )

    def _within(self, begin: QPoint, end: QPoint) -> list[int]:
        corners = self._cells(np.array([[begin.y(), begin.x()], [end.y(), end.x()]]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        if begin.x() < _MARGIN:  # dragged along the names of rows
            low[1], high[1] = 0, self.shape[1]
        if begin.y() < _MARGIN:
            low[0], high[0] = 0, self.shape[0]
        return np.flatnonzero(((self.plate_layout >= low) & (self.plate_layout <= high)).all(axis=1)).tolist()


def _mode_of(modifiers: Qt.KeyboardModifier) -> str:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "add"
    others = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
    return "subtract" if modifiers & others else "replace"
