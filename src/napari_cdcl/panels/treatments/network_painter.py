"""Paints a network of treatments that are alike: lines, nodes, names where there is room, and a key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPen

from napari_cdcl.ui.scatter.theme import mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QPainter

    from napari_cdcl.models.relation_map import RelationMap
    from napari_cdcl.ui.scatter.theme import Theme

MARGIN, KEY = 26.0, 18.0
"""Pixels around the outermost nodes, for names, and of the key below."""
NODE = 5.0
"""Radius of a node: its colour can be told from another, and 200 have room in a dock."""
LINE = 14.0
"""Pixels of a line of names."""
PLAIN = QColor("#3d8bc4")


@dataclass(frozen=True)
class Sight:
    """What part of the plane, 0..1 on both axes, is shown, and where.

    Attributes
    ----------
    width, height
        Of the widget.
    zoom, centre
        Enlargement against the view of all, and the place in the middle.
    """

    width: float
    height: float
    zoom: float
    centre: tuple[float, float]

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give where points of the plane (n, 2) are drawn."""
        middle = np.array([self.width / 2, (self.height - KEY) / 2])
        return np.asarray(middle + (points - np.array(self.centre)) * self._scale())

    def plane(self, place: QPointF) -> tuple[float, float]:
        """Give which point of the plane is drawn at a place."""
        wide, high = self._scale()
        middle = self.width / 2, (self.height - KEY) / 2
        return self.centre[0] + (place.x() - middle[0]) / wide, self.centre[1] + (place.y() - middle[1]) / high

    def _scale(self) -> tuple[float, float]:
        wide, high = self.width - 2 * MARGIN, self.height - KEY - 2 * MARGIN
        return max(wide, 20.0) * self.zoom, max(high, 20.0) * self.zoom


@dataclass(frozen=True)
class NetMarks:
    """What is marked in a network.

    Attributes
    ----------
    colours
        Of each treatment, T; none for all alike.
    selected
        Which treatments are selected.
    current
        The treatment under the cursor or the keys, twice, or both ends of a line; -1 for none.
    band
        The frame that is being dragged; None for none.
    focused
        Whether the keys act here.
    """

    colours: Sequence[QColor]
    selected: frozenset[int]
    current: tuple[int, int]
    band: QRectF | None
    focused: bool


@dataclass(frozen=True)
class NetPainter:
    """Draws the most alike pairs, so many.

    Attributes
    ----------
    painter, theme
        What is drawn with.
    sight
        Where everything lies.
    relations, lines
        What is drawn.
    marks
        What is marked in it.
    """

    painter: QPainter
    theme: Theme
    sight: Sight
    relations: RelationMap
    lines: int
    marks: NetMarks

    @cached_property
    def places(self) -> dict[int, QPointF]:
        """Where each treatment is drawn that has a line."""
        pixels = self.sight.pixels(self.relations.points).tolist()
        all_ = {node: QPointF(*place) for node, place in zip(self.relations.nodes.tolist(), pixels, strict=True)}
        return {node: all_[node] for node in np.unique(self.relations.ends[: self.lines]).tolist()}

    def draw(self) -> None:
        """Draw all of it."""
        painter, room = self.painter, QRectF(0, 0, self.sight.width, self.sight.height - KEY)
        painter.save()
        painter.setClipRect(room)
        self._draw_missed()
        self._draw_lines()
        for node in self.places:
            self._draw_node(node)
        self._draw_names(room)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.mark, 1.2))
        if self.marks.band is not None:
            painter.drawRect(self.marks.band)
        if self.marks.focused:
            painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.restore()
        self._draw_key()

    def _line(self, *, known: bool, current: bool = False) -> QPen:
        """Give the pen of a pair that was found: thick where it is known, too."""
        if current:
            return QPen(self.theme.mark, 3.2)
        return QPen(self.theme.ink, 2.6) if known else QPen(mix(self.theme.faint, self.theme.ground, 0.25), 1.1)

    @property
    def _missed(self) -> QPen:
        """The pen of a pair that is known, and is not among the lines."""
        return QPen(self.theme.ink, 1.2, Qt.PenStyle.DashLine)

    def _draw_lines(self) -> None:
        for one, other in self.relations.ends[: self.lines].tolist():
            current = {one, other} == set(self.marks.current)
            self.painter.setPen(self._line(known=bool(self.relations.known[one, other]), current=current))
            self.painter.drawLine(self.places[one], self.places[other])

    def _draw_missed(self) -> None:
        """Join known pairs between nodes on display that are not among the lines."""
        found = {frozenset(ends) for ends in self.relations.ends[: self.lines].tolist()}
        shown = list(self.places)
        self.painter.setPen(self._missed)
        for row, column in np.argwhere(np.triu(self.relations.known[np.ix_(shown, shown)])).tolist():
            if frozenset((shown[row], shown[column])) not in found:
                self.painter.drawLine(self.places[shown[row]], self.places[shown[column]])

    def _draw_node(self, node: int) -> None:
        marks, theme = self.marks, self.theme
        chosen, current = node in marks.selected, node in marks.current
        self.painter.setBrush(marks.colours[node] if marks.colours else PLAIN)
        self.painter.setPen(QPen(theme.mark, 2.4) if chosen else QPen(theme.ink, 2.0 if current else 0.8))
        radius = NODE + (1.5 if chosen or current else 0)
        self.painter.drawEllipse(self.places[node], radius, radius)

    def _draw_names(self, room: QRectF) -> None:
        """Name nodes beside them, what is selected or under the cursor first, where no other name or node is."""
        painter, metrics = self.painter, QFontMetricsF(self.painter.font())
        corner = QPointF(NODE, NODE)
        taken = [QRectF(place - corner, place + corner) for place in self.places.values()]
        for node in sorted(self.places, key=self._rank):
            place, wide = self.places[node], metrics.horizontalAdvance(self.relations.names[node]) + 2
            sides = (place.x() + NODE + 3, place.x() - NODE - 3 - wide)
            spots = [QRectF(x, place.y() - LINE / 2, wide, LINE) for x in sides]
            spots = [spot for spot in spots if room.contains(spot)] or spots[:1]
            free = [spot for spot in spots if room.contains(spot) and not any(map(spot.intersects, taken))]
            if not free and self._rank(node) == 0:  # what the cursor is on is always named
                free = spots
                painter.fillRect(spots[0], self.theme.ground)
            if free:
                painter.setPen(self.theme.mark if node in self.marks.selected else self.theme.ink)
                painter.drawText(free[0], Qt.AlignmentFlag.AlignVCenter, self.relations.names[node])
                taken.append(free[0])

    def _rank(self, node: int) -> int:
        return 0 if node in self.marks.current else 1 if node in self.marks.selected else 2

    def _draw_key(self) -> None:
        """Say at the lower edge what the lines are."""
        kinds = [(self._line(known=False), "q < 0.05")]
        if self.relations.known.any():
            kinds += [(self._line(known=True), "known too"), (self._missed, "known only")]
        painter, metrics = self.painter, QFontMetricsF(self.painter.font())
        x, y = 4.0, self.sight.height - KEY / 2
        for pen, text in kinds:
            painter.setPen(pen)
            painter.drawLine(QPointF(x, y), QPointF(x + 20, y))
            painter.setPen(self.theme.faint)
            painter.drawText(QRectF(x + 25, y - LINE / 2, self.sight.width, LINE), Qt.AlignmentFlag.AlignVCenter, text)
            x += 33 + metrics.horizontalAdvance(text)
