"""A heat map of similarities: zoomed, scrolled, read off and chosen from by mouse or keys. It knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QSize, Qt, Signal
from qtpy.QtGui import QFontMetricsF, QPainter
from qtpy.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip

from napari_cdcl.panels.treatments.heat_frame import MOST_CELL, NAMED, HeatFrame
from napari_cdcl.panels.treatments.heat_painter import HeatMarks, HeatPainter, image_of
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
    from qtpy.QtWidgets import QWidget

    from napari_cdcl.models.relation_map import RelationMap

TEXT = 11
"""Pixels of the names' letters, as beside dose-response curves."""
WHEEL = 1.0015
"""Enlargement for each eighth of a degree, as in the scatter."""
KEY_ZOOM = 1.5
"""Enlargement for a key: six presses from a screen of 500 treatments to their names."""
LEAST = 210
"""Pixels of height below which single treatments of a usual screen, fifty, cannot be hit."""
PAGE = 10
"""Cells that Page up and Page down go on by."""
ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
FAR = 10**6
"""More cells than any screen has: to the first or the last."""
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Home: (-FAR, -FAR),
    Qt.Key.Key_End: (FAR, FAR),
    Qt.Key.Key_PageUp: (-PAGE, 0),
    Qt.Key.Key_PageDown: (PAGE, 0),
}
"""Rows and columns that a key goes on by."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
ZOOMS = {Qt.Key.Key_Plus: KEY_ZOOM, Qt.Key.Key_Equal: KEY_ZOOM, Qt.Key.Key_Minus: 1 / KEY_ZOOM, Qt.Key.Key_0: 0.0}
ACT = "Click a cell for both treatments, a name or a branch for its own, drag for a block; Shift adds. The wheel zooms."
BY_KEYS = "By keys: arrows, with Shift a block, then Return; + and - zoom, 0 shows all."


class HeatMap(QAbstractScrollArea):
    """Draws similarities; a click on a cell wants both treatments, one on a name or a branch those, a drag a block."""

    wanted = Signal(object, bool)
    """Where the wanted treatments stand (set of int), and whether they are added to what is chosen."""
    pointed = Signal(str)
    """What is under the cursor, or the keys, in words; "" for nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.relations: RelationMap | None = None
        self._image: QImage | None = None
        self._longest = 0.0
        self._cell = 0.0
        self._column = ""
        self._strip: tuple[QColor, ...] = ()
        self._selected = np.zeros(0, dtype=np.int64)
        self.current = (-1, -1)
        """Row and column that the keys act on; -1 for none."""
        self._anchor: tuple[int, int] | None = None
        self._dragging = False
        self._panned: QPointF | None = None
        self._set_up()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(160, LEAST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("heat map of similarities")
        view = self.viewport()
        assert view is not None
        view.setMouseTracking(True)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            assert bar is not None
            bar.valueChanged.connect(lambda _value: self._repaint())

    def show_relations(self, relations: RelationMap | None) -> None:
        """Show other similarities, all of them; the keys stay with their treatments where they are the same."""
        same = relations is not None and self.relations is not None and relations.names == self.relations.names
        self.relations = relations
        self._image = None if relations is None else image_of(relations.relations.cosines)
        if not same:
            self._cell, self.current, self._anchor = 0.0, (-1, -1), None
            self._selected = np.zeros(0, dtype=np.int64)
        font = self.font()
        font.setPixelSize(TEXT)
        metrics = QFontMetricsF(font)
        names = () if relations is None else relations.names
        self._longest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        self._measure()

    def show_strip(self, column: str, colours: Sequence[QColor]) -> None:
        """Colour the strip beside the rows by what a column says; none for no strip."""
        self._column, self._strip = column, tuple(colours)
        self._repaint()

    def mark(self, places: NDArray[np.int64]) -> None:
        """Mark the treatments that are selected."""
        self._selected = places
        self._repaint()

    @property
    def marked(self) -> list[int]:
        """Where the marked treatments stand."""
        return [int(place) for place in self._selected]

    def frame(self) -> HeatFrame:
        """Give where everything lies."""
        bars, view = (self.horizontalScrollBar(), self.verticalScrollBar()), self.viewport()
        assert view is not None
        x, y = (0 if bar is None else bar.value() for bar in bars)
        relations = self.relations
        num, tree = (0, False) if relations is None else (len(relations.names), len(relations.joints.heights) > 0)
        return HeatFrame(view.width(), view.height(), num, self._cell, x, y, self._longest, tree)

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Make cells larger or smaller about a place, the middle where none is given; 0 shows all."""
        before = self.frame()
        place = before.inner.center() if about is None else about
        row, column = (place.y() - before.row_y(0)) / before.side, (place.x() - before.column_x(0)) / before.side
        cell = min(before.side * factor, MOST_CELL)
        self._cell = cell if cell > before.fitting else 0.0
        self._measure()
        after = self.frame()
        self._scroll_to(after.left + column * after.side - place.x(), after.top + row * after.side - place.y())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for some room."""
        return QSize(360, 340)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Show the same part; what is fitted stays fitted."""
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, _event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw what is seen."""
        if self.relations is None or self._image is None:
            return
        painter, theme = QPainter(self.viewport()), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(TEXT)
        painter.setFont(font)
        marks = HeatMarks(self._strip, self._selected, self.current, self._block() if self._is_block() else None)
        HeatPainter(painter, theme, self.frame(), self.relations, self._image, marks).draw()
        if self.hasFocus():
            painter.setPen(theme.mark)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.frame().inner.adjusted(-1, -1, 1, 1))
        painter.end()

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Zoom about the cursor; with Shift, or on a wheel that turns sideways, scroll."""
        if event is None:
            return
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not turned.y():
            bar = self.horizontalScrollBar()
            assert bar is not None
            bar.setValue(bar.value() - (turned.y() or turned.x()) // 2)
        else:
            self.zoom(WHEEL ** turned.y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Begin a block, or a scrolling with the middle or right button."""
        if event is None or self.relations is None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        place = event.position()
        if event.button() != Qt.MouseButton.LeftButton:
            self._panned = place
            return
        below = self._branch_at(place)
        if below:
            self.wanted.emit(below, bool(event.modifiers() & ADDING))
            return
        self._go_to(*self.frame().at(place))
        self._dragging = self.current != (-1, -1)
        self._anchor = self.current if self._dragging else None
        self._repaint()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Read off what is under the cursor, or let the block grow."""
        if event is None or self.relations is None:
            return
        place = event.position()
        if self._panned is not None:
            frame, moved = self.frame(), place - self._panned
            self._panned = place
            self._scroll_to(frame.x - moved.x(), frame.y - moved.y())
        elif self._dragging and self._anchor is not None:
            row, column = self.frame().nearest(place)
            self._go_to(row if self._anchor[0] >= 0 else -1, column if self._anchor[1] >= 0 else -1)
        else:
            self._anchor = None
            self._go_to(*self.frame().at(place))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Want the cell, the name, or the block."""
        if event is None:
            return
        self._panned = None
        if event.button() == Qt.MouseButton.LeftButton and self._dragging:
            self._dragging = False
            self._want(adding=bool(event.modifiers() & ADDING))
            self._anchor = None
            self._repaint()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Do as a click: the second one has chosen already."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Go to another cell, zoom, or want what the keys have come to."""
        key = None if event is None else Qt.Key(event.key())
        if event is None or self.relations is None:
            super().keyPressEvent(event)
        elif key in STEPS:
            self._step(*STEPS[key], growing=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in ZOOMS:
            self.zoom(ZOOMS[key])
        elif key in ENTER:
            self._want(adding=bool(event.modifiers() & ADDING))
            self._anchor = None
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent | None) -> bool:  # noqa: N802
        """Say what is under the cursor, and what can be done."""
        if event is not None and event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            words = self._words()
            QToolTip.showText(help_event.globalPos(), f"{words}\n{ACT}\n{BY_KEYS}" if words else ACT, self)
            return True
        if event is not None and event.type() == QEvent.Type.Leave and not self._dragging:
            self._go_to(-1, -1)
        return super().viewportEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Show where the keys act, and begin at the first cell."""
        if event is not None and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            if event.type() == QEvent.Type.FocusIn and self.relations is not None and self.current == (-1, -1):
                self._go_to(0, min(1, len(self.relations.names) - 1))
            self._repaint()
        return super().event(event)

    def _step(self, rows: int, columns: int, *, growing: bool) -> None:
        assert self.relations is not None
        last = len(self.relations.names) - 1
        if not growing:
            self._anchor = None
        elif self._anchor is None:
            self._anchor = self.current
        row, column = (min(max(at + by, 0), last) for at, by in zip(self.current, (rows, columns), strict=True))
        self._go_to(row, column)
        frame = self.frame()
        place, inner = frame.cell_rect(row, column), frame.inner
        right, left = max(place.right() - inner.right(), 0.0), max(inner.left() - place.left(), 0.0)
        down, up = max(place.bottom() - inner.bottom(), 0.0), max(inner.top() - place.top(), 0.0)
        self._scroll_to(frame.x + right - left, frame.y + down - up)
        self._repaint()

    def _go_to(self, row: int, column: int) -> None:
        if (row, column) == self.current:
            return
        self.current = (row, column)
        words = self._words()
        self.setAccessibleDescription(words)
        self.pointed.emit(words)
        self._repaint()

    def _words(self) -> str:
        row, column = self.current
        if self.relations is None or max(row, column) < 0:
            return ""
        if self._is_block():
            return f"{len(self._places())} treatments: {self._block_in_words()}"
        return self.relations.in_words(row if row >= 0 else column, column if column >= 0 else row, self._column)

    def _block_in_words(self) -> str:
        assert self.relations is not None
        top, bottom, left, right = self._block()
        parts = dict.fromkeys((first, last) for first, last in ((top, bottom), (left, right)) if first >= 0)
        return ", ".join(f"{self.relations.names[first]} to {self.relations.names[last]}" for first, last in parts)

    def _is_block(self) -> bool:
        return self._anchor is not None and self._anchor != self.current

    def _block(self) -> tuple[int, int, int, int]:
        """Give first and last row and column of the block, or of the cell."""
        row, column = self._anchor or self.current
        here = self.current
        return min(row, here[0]), max(row, here[0]), min(column, here[1]), max(column, here[1])

    def _places(self) -> set[int]:
        top, bottom, left, right = self._block()
        return {*range(top, bottom + 1), *range(left, right + 1)} - {-1}

    def _want(self, *, adding: bool) -> None:
        if max(self.current) >= 0:
            self.wanted.emit(self._places(), adding)

    def _branch_at(self, place: QPointF) -> set[int]:
        """Give the treatments below the joint of the dendrogram whose line is under the cursor."""
        frame, relations = self.frame(), self.relations
        if relations is None or not frame.tree or place.y() > frame.tree_high:
            return set()
        joints = relations.joints
        tops = frame.tree_high - joints.heights * joints.pixels_high(frame.tree_high - 4)
        column = (place.x() - frame.column_x(0.5)) / frame.side
        over = (joints.ends[:, 0] <= column) & (column <= joints.ends[:, 1]) & (tops >= place.y() - 3)
        if not over.any():
            return set()
        nearest = int(np.flatnonzero(over)[tops[over].argmin()])  # the one whose line is met first on the way down
        first, last = joints.spans[nearest].tolist()
        return set(range(first, last + 1))

    def _measure(self) -> None:
        """Find anew how far can be scrolled."""
        frame = self.frame()
        furthest = frame.furthest
        rooms = (frame.inner.width(), frame.inner.height())
        for bar, far, room in zip((self.horizontalScrollBar(), self.verticalScrollBar()), furthest, rooms, strict=True):
            assert bar is not None
            bar.setRange(0, round(far))
            bar.setPageStep(round(room))
            bar.setSingleStep(round(max(frame.side, NAMED)))
        self._repaint()

    def _scroll_to(self, x: float, y: float) -> None:
        for bar, value in ((self.horizontalScrollBar(), x), (self.verticalScrollBar(), y)):
            assert bar is not None
            bar.setValue(round(value))

    def _repaint(self) -> None:
        view = self.viewport()
        assert view is not None
        view.update()
