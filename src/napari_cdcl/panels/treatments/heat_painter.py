"""Paints a heat map of similarities: cells, dendrogram, strip, names, marks and key, in the colours of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPen, QPolygonF

from cdcl.scatter.palette import DIVERGING
from napari_cdcl.panels.treatments.heat_frame import KEY, MARKS, NAMED, STRIP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qtpy.QtGui import QPainter

    from napari_cdcl.models.relation_map import RelationMap
    from napari_cdcl.panels.treatments.heat_frame import HeatFrame
    from napari_cdcl.ui.scatter.theme import Theme

DOTTED = 7.0
"""Pixels of a cell from which on a dot in it can be told from its colour."""
FRAMED = 8
"""Runs of selected treatments up to which their blocks are framed; of more, the bars at the side say enough."""
BESIDE = 60.0
"""Pixels beside small cells from which on the names of what is selected or under the cursor stand there."""
LINE = 13.0
"""Pixels of a line of names."""
BAR = 84
"""Pixels of the scale of colours."""
DARK = QColor("#101418")


@dataclass(frozen=True)
class HeatMarks:
    """What is marked in a heat map.

    Attributes
    ----------
    strip
        Colour of each treatment; none for no strip.
    selected
        Where the selected treatments stand.
    current
        Row and column under the cursor or the keys, -1 for none.
    block
        First and last row, first and last column of a block that is being dragged; None for none.
    """

    strip: Sequence[QColor]
    selected: NDArray[np.int64]
    current: tuple[int, int]
    block: tuple[int, int, int, int] | None


def image_of(cosines: NDArray[np.float64]) -> QImage:
    """Give similarities, -1 to 1, as pixels of the diverging scale, one a cell."""
    steps = np.rint((cosines + 1) / 2 * (len(DIVERGING) - 1)).astype(np.intp)
    pixels = np.ascontiguousarray(DIVERGING[steps])
    high, wide = pixels.shape
    return QImage(pixels.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


def frame_cell(painter: QPainter, place: QRectF) -> None:
    """Frame a cell in black on white, which shows on every colour; a small cell gets a frame of five pixels."""
    grown = max(0.0, (5 - place.width()) / 2)
    edge = place.adjusted(0.5 - grown, 0.5 - grown, grown - 0.5, grown - 0.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor("white"), 2.4), (DARK, 1.2)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(edge)


def runs_of(places: list[int]) -> list[tuple[int, int]]:
    """Give the first and last of each run of places that follow each other; they come in order."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


@dataclass(frozen=True)
class HeatPainter:
    """Draws a heat map into its frame.

    Attributes
    ----------
    painter, theme
        What is drawn with.
    frame
        Where everything lies.
    relations, image
        What is drawn: `image` as from `image_of`.
    marks
        What is marked in it.
    """

    painter: QPainter
    theme: Theme
    frame: HeatFrame
    relations: RelationMap
    image: QImage
    marks: HeatMarks

    def draw(self) -> None:
        """Draw all of it."""
        painter, frame = self.painter, self.frame
        inner, side = frame.inner, frame.side
        source = QRectF(frame.x / side, frame.y / side, inner.width() / side, inner.height() / side)
        painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform, side < 1)
        painter.drawImage(inner, self.image, source)
        painter.save()
        painter.setClipRect(inner)
        self._draw_pairs()
        self._draw_marked()
        painter.restore()
        self._draw_sides()
        self._draw_tree()
        if side >= NAMED:
            self._draw_names()
        elif frame.width - inner.right() >= BESIDE:
            self._draw_some_names()
        self._draw_key()

    def _draw_pairs(self) -> None:
        """Dot what chance does not explain, and frame what is known."""
        frame, painter = self.frame, self.painter
        rows, columns = frame.seen()
        part = np.ix_(rows, columns)
        if frame.side >= DOTTED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("white"))
            radius = max(1.4, frame.side / 12)  # a sixth of the cell, or as little as can be seen
            for row, column in np.argwhere(self.relations.is_related[part]).tolist():
                painter.drawEllipse(frame.cell_rect(rows[row], columns[column]).center(), radius, radius)
        for row, column in np.argwhere(self.relations.known[part]).tolist():
            frame_cell(painter, frame.cell_rect(rows[row], columns[column]))

    def _draw_marked(self) -> None:
        """Frame the cells of what is selected, the one under the cursor, and a block that is being dragged."""
        painter, frame, mark = self.painter, self.frame, self.theme.mark
        selected, (row, column) = self.marks.selected.tolist(), self.marks.current
        painter.setBrush(Qt.BrushStyle.NoBrush)
        runs = runs_of(selected)
        blocks = [
            frame.cell_rect(top, left).united(frame.cell_rect(bottom, right)).adjusted(-1, -1, 1, 1)
            for top, bottom in runs
            for left, right in runs
        ]
        for pen in (QPen(QColor("white"), 3.5), QPen(mark, 1.8)) if len(runs) <= FRAMED else ():
            painter.setPen(pen)
            for block in blocks:
                painter.drawRect(block)
        if row >= 0 and column >= 0:
            frame_cell(painter, frame.cell_rect(row, column).adjusted(-1, -1, 1, 1))
        if self.marks.block is not None:
            top, bottom, left, right = self.marks.block
            place = frame.cell_rect(top, left).united(frame.cell_rect(bottom, right))
            veil = QColor(mark)
            veil.setAlphaF(0.25)
            painter.fillRect(place, veil)
            painter.setPen(QPen(mark, 1.5))
            painter.drawRect(place)

    def _draw_sides(self) -> None:
        """Draw the strip of colours beside the rows, and bars beside rows and columns that are selected."""
        painter, frame, inner = self.painter, self.frame, self.frame.inner
        long = max(frame.side, 1.5)
        painter.save()
        painter.setClipRect(QRectF(0, inner.top(), inner.left(), inner.height()))
        for row in frame.seen()[0] if self.marks.strip else ():
            painter.fillRect(QRectF(MARKS + 1, frame.row_y(row), STRIP, frame.side + 0.5), self.marks.strip[row])
        for row in self.marks.selected.tolist():
            painter.fillRect(QRectF(0, frame.row_y(row), MARKS, long), self.theme.mark)
        painter.setClipRect(QRectF(inner.left(), 0, inner.width(), inner.top()))
        for column in self.marks.selected.tolist():
            place = QRectF(frame.column_x(column), inner.top() - MARKS - 1, long, MARKS)
            painter.fillRect(place, self.theme.mark)
        painter.restore()

    def _draw_tree(self) -> None:
        """Draw the dendrogram above the columns, as far as these are seen."""
        painter, frame, joints = self.painter, self.frame, self.relations.joints
        if not frame.tree:
            return
        inner, scale, root = frame.inner, joints.pixels_high(frame.tree_high - 4), frame.tree_high
        xs = frame.column_x(0) + (joints.ends + 0.5) * frame.side
        feet, tops = root - joints.feet * scale, root - joints.heights * scale
        painter.save()
        painter.setClipRect(QRectF(inner.left(), 0, inner.width(), inner.top()))
        painter.setPen(QPen(self.theme.faint, 1))
        for joint in np.flatnonzero((xs[:, 1] >= inner.left()) & (xs[:, 0] <= inner.right())).tolist():
            (left, right), (low, other), top = xs[joint], feet[joint], tops[joint]
            corners = ((left, low), (left, top), (right, top), (right, other))
            painter.drawPolyline(QPolygonF([QPointF(float(x), float(y)) for x, y in corners]))
        painter.restore()

    def _draw_names(self) -> None:
        """Name rows at the right and columns below, those that are selected or under the cursor in other ink."""
        painter, frame, inner = self.painter, self.frame, self.frame.inner
        (rows, columns), (across, down) = frame.seen(), frame.names
        usual = self._set_letters(int(min(painter.font().pixelSize(), max(frame.side, 8))))
        aligned = Qt.AlignmentFlag.AlignVCenter
        for row in rows:
            middle = frame.row_y(row) + frame.side / 2
            if inner.top() <= middle <= inner.bottom():
                text = self._name(row, self.marks.current[0], across - 4)
                painter.drawText(QRectF(inner.right() + 4, middle - 8, across, 16), aligned, text)
        for column in columns if down else ():
            middle = frame.column_x(column) + frame.side / 2
            if inner.left() <= middle <= inner.right():
                text = self._name(column, self.marks.current[1], down - 4)
                painter.save()
                painter.translate(middle, inner.bottom() + 4)
                painter.rotate(-90)
                painter.drawText(QRectF(-down, -8, down, 16), aligned | Qt.AlignmentFlag.AlignRight, text)
                painter.restore()
        self._set_letters(usual)

    def _draw_some_names(self) -> None:
        """Name what is under the cursor, then what is selected, beside cells that are too small for all names."""
        inner, rows = self.frame.inner, set(self.frame.seen()[0])
        taken: list[float] = []
        current = [place for place in dict.fromkeys(self.marks.current) if place in rows]
        for place in [*current, *(set(self.marks.selected.tolist()) & rows - set(current))]:
            middle = self.frame.row_y(place) + self.frame.side / 2
            if all(abs(middle - other) >= LINE for other in taken):
                taken.append(middle)
                room = QRectF(inner.right() + 5, middle - 8, self.frame.width - inner.right() - 6, 16)
                text = self._name(place, place if place in current else -1, room.width())
                self.painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _name(self, place: int, current: int, room: float) -> str:
        """Take the ink of a name, and shorten it to its room."""
        theme = self.theme
        chosen = place in self.marks.selected
        self.painter.setPen(theme.mark if chosen else theme.ink if place == current else theme.faint)
        metrics = QFontMetricsF(self.painter.font())
        return metrics.elidedText(self.relations.names[place], Qt.TextElideMode.ElideRight, room)

    def _set_letters(self, pixels: int) -> int:
        font = self.painter.font()
        before = font.pixelSize()
        font.setPixelSize(pixels)
        self.painter.setFont(font)
        return before

    def _draw_key(self) -> None:
        """Say at the lower edge what colours, dots and frames are."""
        painter, frame, top = self.painter, self.frame, self.frame.height - KEY + 4
        x = self._write("\N{MINUS SIGN}1", frame.left)
        scale = QLinearGradient(QPointF(x, 0), QPointF(x + BAR, 0))
        for step in np.linspace(0, len(DIVERGING) - 1, 16).round().astype(int).tolist():
            scale.setColorAt(step / (len(DIVERGING) - 1), QColor(int(DIVERGING[step]) & 0xFFFFFF))
        painter.fillRect(QRectF(x, top, BAR, 10), scale)
        x = self._write("1 cosine", x + BAR + 4) + 6
        if frame.side >= DOTTED and len(self.relations.related):
            painter.setPen(QPen(self.theme.faint, 1))
            painter.setBrush(QColor("white"))
            painter.drawEllipse(QPointF(x + 3, top + 5), 2, 2)
            x = self._write("q < 0.05", x + 9) + 6
        if self.relations.known.any():
            frame_cell(painter, QRectF(x, top, 10, 10))
            self._write("known", x + 14)

    def _write(self, text: str, x: float) -> float:
        """Write into the key, and give where the text ends."""
        painter, top = self.painter, self.frame.height - KEY + 2
        painter.setPen(self.theme.faint)
        painter.drawText(QRectF(x, top, self.frame.width - x, 14), Qt.AlignmentFlag.AlignVCenter, text)
        return x + QFontMetricsF(painter.font()).horizontalAdvance(text) + 4
