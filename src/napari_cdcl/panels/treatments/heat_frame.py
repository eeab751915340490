"""Where the parts of a heat map lie: dendrogram, marks, strip, cells, names, key. Only places, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from qtpy.QtCore import QPointF, QRectF

STRIP, MARKS, KEY = 9, 5, 18
"""Pixels of the strip of colours, the bars that mark what is selected, and the key below."""
TREE = 40.0
"""Pixels of the dendrogram's height, or a seventh of the widget's."""
NAMED = 9.0
"""Pixels of a cell from which on its treatment is named: a line of the smallest text that can be read."""
MOST_CELL = 40.0
"""Pixels of a cell at most: eight cells across a narrow dock, where names have ended to be cut off."""
SHARE = 0.34
"""Share of the width, or height, that names take at most."""
LEAST_NAME = 30.0
"""Pixels below which the beginnings of names say nothing."""


@dataclass(frozen=True)
class HeatFrame:
    """The places of a heat map's parts within a widget.

    Attributes
    ----------
    width, height
        Of the widget.
    num
        Treatments, T.
    cell
        Side of a cell in pixels; 0 shows all.
    x, y
        Pixels of the whole map that are left of, and above, what is shown.
    longest
        Pixels that the longest name takes.
    tree
        Whether a dendrogram stands above.
    """

    width: float
    height: float
    num: int
    cell: float = 0.0
    x: float = 0.0
    y: float = 0.0
    longest: float = 0.0
    tree: bool = True

    @property
    def tree_high(self) -> float:
        """Pixels of the dendrogram's height; 0 where there is none."""
        return min(TREE, self.height / 7) if self.tree else 0.0

    @property
    def left(self) -> float:
        """Where cells begin."""
        return MARKS + STRIP + 3.0

    @property
    def top(self) -> float:
        """Where cells begin."""
        return MARKS + 2.0 + self.tree_high

    @property
    def names(self) -> tuple[float, float]:
        """Pixels that names take at the right, and below; 0 where cells are too small, or no room is left for them."""
        if self.side < NAMED:
            return 0.0, 0.0
        left_over = self._high - self.side * self.num
        if left_over < 0:  # not all is shown: columns are others than rows, and want their names
            return self._across, min(self.longest, SHARE * self.height) + 4
        return self._across, min(self.longest + 4, left_over) if left_over >= LEAST_NAME else 0.0

    @property
    def fitting(self) -> float:
        """Side of a cell where all cells are shown: with both names, or one, or none, as can be read then."""
        wide, high = self.width - self.left - 2, self._high
        low = min(self.longest, SHARE * self.height) + 4
        sides = [
            min(wide - across, high - down) / max(self.num, 1)
            for across, down in ((self._across, low), (self._across, 0))
        ]
        bare = min(wide / max(self.num, 1), high / max(self.num, 1), NAMED - 0.01)
        return max(min(next((side for side in sides if side >= NAMED), bare), MOST_CELL), 0.1)

    @property
    def _across(self) -> float:
        return min(self.longest, SHARE * self.width) + 4

    @property
    def _high(self) -> float:
        return self.height - self.top - KEY

    @property
    def side(self) -> float:
        """Side of a cell in pixels."""
        return max(self.cell, self.fitting)

    @property
    def room(self) -> tuple[float, float]:
        """Pixels that cells can take."""
        across, down = self.names
        return max(self.width - self.left - across - 2, 1.0), max(self.height - self.top - KEY - down, 1.0)

    @property
    def inner(self) -> QRectF:
        """Where cells are."""
        whole, (wide, high) = self.side * self.num, self.room
        return QRectF(self.left, self.top, min(wide, whole), min(high, whole))

    @property
    def furthest(self) -> tuple[float, float]:
        """How far it can be scrolled."""
        inner, whole = self.inner, self.side * self.num
        return max(whole - inner.width(), 0.0), max(whole - inner.height(), 0.0)

    def column_x(self, place: float) -> float:
        """Give the left edge of a column."""
        return self.left + place * self.side - self.x

    def row_y(self, place: float) -> float:
        """Give the upper edge of a row."""
        return self.top + place * self.side - self.y

    def cell_rect(self, row: float, column: float) -> QRectF:
        """Give where a cell lies."""
        return QRectF(self.column_x(column), self.row_y(row), self.side, self.side)

    def seen(self) -> tuple[range, range]:
        """Give the rows and columns that are seen, at least in part."""
        inner = self.inner
        parts = []
        for start, length in ((self.y, inner.height()), (self.x, inner.width())):
            first, last = floor(start / self.side), floor((start + length - 1e-6) / self.side)
            parts.append(range(max(first, 0), min(last, self.num - 1) + 1))
        return parts[0], parts[1]

    def at(self, place: QPointF) -> tuple[int, int]:
        """Give row and column at a place; -1 for the one that it does not tell.

        Beside the cells, over strip and names, there is a row only; above and below them a column only.
        """
        inner, (across, down) = self.inner, self.names
        if place.x() > inner.right() + across or place.y() > inner.bottom() + down:
            return -1, -1
        row, column = self._cell_at(place)
        over_rows = inner.top() <= place.y() < inner.bottom()
        over_columns = inner.left() <= place.x() < inner.right()
        return row if over_rows else -1, column if over_columns else -1

    def nearest(self, place: QPointF) -> tuple[int, int]:
        """Give row and column of the cell that is seen and nearest to a place."""
        rows, columns = self.seen()
        row, column = self._cell_at(place)
        return min(max(row, rows[0]), rows[-1]), min(max(column, columns[0]), columns[-1])

    def _cell_at(self, place: QPointF) -> tuple[int, int]:
        row = floor((place.y() - self.top + self.y) / self.side)
        column = floor((place.x() - self.left + self.x) / self.side)
        last = self.num - 1
        return min(max(row, 0), last), min(max(column, 0), last)
