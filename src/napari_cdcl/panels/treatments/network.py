"""A network of treatments that are alike, zoomed, read off and chosen from by mouse or keys. It knows no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_cdcl.panels.treatments.network_painter import NetMarks, NetPainter, Sight
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

    from napari_cdcl.models.relation_map import RelationMap

TEXT = 11
"""Pixels of the names' letters, as beside the heat map."""
NEAR = 9.0
"""Pixels from a node's centre, and a third of it from a line, within which the cursor means it."""
WHEEL, KEY_ZOOM = 1.0015, 1.5
"""Enlargement for each eighth of a degree, and for a key, as in the heat map."""
MOST_ZOOM = 40.0
"""Nodes a hundredth of their usual distance apart are parted then."""
DRAG = 4
"""Pixels from which on a press that moves is a drag."""
ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
WAYS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
ZOOMS = {Qt.Key.Key_Plus: KEY_ZOOM, Qt.Key.Key_Equal: KEY_ZOOM, Qt.Key.Key_Minus: 1 / KEY_ZOOM, Qt.Key.Key_0: 0.0}
ACT = "Click a treatment, or a line for both of its ends; drag for all in a frame; Shift adds. The wheel zooms."
BY_KEYS = "By keys: arrows, then Return; + and - zoom, 0 shows all."
NO_PAIR = (
    "No pair is more alike than chance explains. The heat map shows all similarities; more wells of each treatment, "
    "or profiles of another network or correction, may show more."
)
NONE = (-1, -1)
"""Nothing is under the cursor or the keys."""


class Network(QWidget):
    """Draws treatments and lines between those that are alike; a click wants a treatment, or both ends of a line."""

    wanted = Signal(object, bool)
    """Where the wanted treatments stand (set of int), and whether they are added to what is chosen."""
    pointed = Signal(str)
    """What is under the cursor, or the keys, in words; "" for nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.relations: RelationMap | None = None
        self.lines = 0
        """Lines that are shown, from the most alike pair on."""
        self._column = ""
        self._colours: tuple[QColor, ...] = ()
        self._selected: frozenset[int] = frozenset()
        self._zoom, self._centre = 1.0, (0.5, 0.5)
        self.current = NONE
        """The treatments under the cursor or the keys: one twice, both ends of a line, or -1 for none."""
        self._pressed: QPointF | None = None
        self._panned: QPointF | None = None
        self._band: QRectF | None = None
        self._set_up()

    def _set_up(self) -> None:
        self.setMinimumSize(160, 210)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("network of related treatments")

    def show_relations(self, relations: RelationMap | None) -> None:
        """Show other relations, all of them."""
        self.relations = relations
        self.current, self._zoom, self._centre = NONE, 1.0, (0.5, 0.5)
        self._selected = frozenset()
        self.setAccessibleDescription(NO_PAIR if relations is not None and not len(relations.ends) else "")
        self.show_lines(0 if relations is None else len(relations.ends))

    def show_lines(self, lines: int) -> None:
        """Show the most alike pairs, so many; treatments keep their places."""
        self.lines = lines
        self.update()

    def show_colours(self, column: str, colours: Sequence[QColor]) -> None:
        """Colour the treatments, T, by what a column says; none for all alike."""
        self._column, self._colours = column, tuple(colours)
        self.update()

    def mark(self, places: NDArray[np.int64]) -> None:
        """Mark the treatments that are selected."""
        self._selected = frozenset(places.tolist())
        self.update()

    @property
    def marked(self) -> list[int]:
        """Where the marked treatments stand."""
        return sorted(self._selected)

    def nodes(self) -> NDArray[np.int64]:
        """Give the treatments that have a line, (n,)."""
        return np.zeros(0, dtype=np.int64) if self.relations is None else np.unique(self.relations.ends[: self.lines])

    def place_of(self, treatment: int) -> QPointF:
        """Give where a treatment is drawn."""
        assert self.relations is not None
        x, y = self._sight().pixels(self.relations.points)[int(np.searchsorted(self.relations.nodes, treatment))]
        return QPointF(float(x), float(y))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for some room."""
        return QSize(360, 340)

    def paintEvent(self, _event: QPaintEvent | None) -> None:  # noqa: N802
        """Draw what is seen."""
        painter, theme = QPainter(self), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(TEXT)
        painter.setFont(font)
        if self.relations is not None and len(self.relations.ends):
            marks = NetMarks(self._colours, self._selected, self.current, self._band, self.hasFocus())
            NetPainter(painter, theme, self._sight(), self.relations, self.lines, marks).draw()
        elif self.relations is not None:
            painter.setPen(theme.ink)
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(QRectF(self.rect()).adjusted(16, 8, -16, -8), flags, NO_PAIR)
        painter.end()

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Zoom about the cursor."""
        if event is not None:
            self.zoom(WHEEL ** event.angleDelta().y(), event.position())
            event.accept()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge about a place, the middle where none is given; 0 shows all."""
        if not factor or self._zoom * factor <= 1:
            self._zoom, self._centre = 1.0, (0.5, 0.5)
        else:
            place = QPointF(self.width() / 2, self.height() / 2) if about is None else about
            before = self._sight().plane(place)
            self._zoom = min(self._zoom * factor, MOST_ZOOM)
            after = self._sight().plane(place)
            self._centre = (self._centre[0] + before[0] - after[0], self._centre[1] + before[1] - after[1])
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Want what is under the cursor when it is let go; or begin a frame, or with another button a move."""
        if event is None:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self._go_to(*self.at(event.position()))
        else:
            self._panned = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Read off what is under the cursor, or let the frame grow."""
        if event is None:
            return
        place = event.position()
        if self._panned is not None:
            (x, y), (old_x, old_y) = self._sight().plane(place), self._sight().plane(self._panned)
            self._centre = (self._centre[0] + old_x - x, self._centre[1] + old_y - y)
            self._panned = place
            self.update()
        elif self._pressed is not None and (place - self._pressed).manhattanLength() > DRAG:
            self._band = QRectF(self._pressed, place).normalized()
            self.update()
        elif self._pressed is None:
            self._go_to(*self.at(place))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Want what was clicked, or all in the frame."""
        if event is None:
            return
        self._panned = None
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        adding = bool(event.modifiers() & ADDING)
        if self._band is not None:
            inside = {node for node in self.nodes().tolist() if self._band.contains(self.place_of(node))}
            if inside:
                self.wanted.emit(inside, adding)
        else:
            self._want(adding=adding)
        self._pressed = self._band = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Go to the next treatment on one side, zoom, or want what the keys have come to."""
        key = None if event is None else Qt.Key(event.key())
        if event is None or not len(self.nodes()):
            super().keyPressEvent(event)
        elif key in WAYS:
            self._step(*WAYS[key])
        elif key in ZOOMS:
            self.zoom(ZOOMS[key])
        elif key in ENTER:
            self._want(adding=bool(event.modifiers() & ADDING))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Say what is under the cursor, and show where the keys act."""
        if event is not None and event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            words = self._words()
            QToolTip.showText(help_event.globalPos(), f"{words}\n{ACT}\n{BY_KEYS}" if words else ACT, self)
            return True
        if event is not None and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            nodes = self.nodes()
            if event.type() == QEvent.Type.FocusIn and self.current == NONE and len(nodes):
                self._go_to(int(nodes[0]), int(nodes[0]))
            self.update()
        if event is not None and event.type() == QEvent.Type.Leave:
            self._go_to(*NONE)
        return super().event(event)

    def at(self, place: QPointF) -> tuple[int, int]:
        """Give the treatment at a place, twice, or both ends of the line there; -1 for neither."""
        nodes = self.nodes()
        if self.relations is None or not len(nodes):
            return NONE
        pixels = self._sight().pixels(self.relations.points)
        here = np.array([place.x(), place.y()])
        own = pixels[np.searchsorted(self.relations.nodes, nodes)]
        away = np.linalg.norm(own - here, axis=1)
        if away.min() <= NEAR:
            node = int(nodes[away.argmin()])
            return node, node
        ends = self.relations.ends[: self.lines]
        one, other = (pixels[np.searchsorted(self.relations.nodes, ends[:, side])] for side in (0, 1))
        along = other - one
        share = np.clip(((here - one) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9), 0, 1)
        away = np.linalg.norm(one + share[:, None] * along - here, axis=1)
        nearest = ends[away.argmin()].tolist()
        return (int(nearest[0]), int(nearest[1])) if away.min() <= NEAR / 3 else NONE

    def _sight(self) -> Sight:
        return Sight(self.width(), self.height(), self._zoom, self._centre)

    def _step(self, x: float, y: float) -> None:
        """Go to the nearest treatment that lies more this way than aside; stay where there is none."""
        nodes = self.nodes()
        if self.current[0] not in nodes:
            self._go_to(int(nodes[0]), int(nodes[0]))
            return
        places = np.array([[self.place_of(node).x(), self.place_of(node).y()] for node in nodes.tolist()])
        moved = places - places[int(np.searchsorted(nodes, self.current[0]))]
        ahead = moved @ np.array([x, y])
        aside = np.abs(moved @ np.array([y, x]))
        far = np.where((ahead > 0) & (aside <= ahead), np.hypot(ahead, aside), np.inf)
        if np.isfinite(far.min()):
            node = int(nodes[far.argmin()])
            self._go_to(node, node)

    def _go_to(self, one: int, other: int) -> None:
        if (one, other) != self.current:
            self.current = (one, other)
            words = self._words()
            self.setAccessibleDescription(words)
            self.pointed.emit(words)
            self.update()

    def _words(self) -> str:
        if self.relations is None or self.current == NONE:
            return ""
        return self.relations.in_words(*self.current, self._column)

    def _want(self, *, adding: bool) -> None:
        if self.current != NONE:
            self.wanted.emit(set(self.current), adding)
