"""The names of scores at the left of their table: in two lines, with an arrow that says which way is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtGui import QFontMetrics, QPainter
from qtpy.QtWidgets import QHeaderView

from napari_cdcl.panels.scores.bars import heading_colour
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtWidgets import QWidget

    from napari_cdcl.models.score_table import Row

HEIGHT, HEADING, MOST_LINES = 34, 24, 4
"""Least pixels of a row with a score, pixels of one with a heading, and in how many lines a name is broken."""
NARROWEST, WIDEST, SHARE = 124, 330, 0.42
"""The names have this share of the table, in these limits."""
_MARGIN, _FRAME = 26, 6
"""Pixels that a name does not have: the arrow with its distance from both sides, and the frame."""


class ScoreNames(QHeaderView):
    """A vertical header that stays where the columns scroll."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._rows: Sequence[Row] = ()
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(True)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; the model must have them already."""
        self._rows = rows
        self.fit()

    def fit(self) -> None:
        """Take the width there is, and give each name the lines it needs there."""
        self.setFixedWidth(self.sizeHint().width())
        metrics = QFontMetrics(self.font())
        for number, row in enumerate(self._rows):
            text = in_lines(row.title, metrics, self.width() - _MARGIN - _FRAME, MOST_LINES)
            height = metrics.height() * (text.count("\n") + 1) + 6
            self.resizeSection(number, max(HEIGHT, height) if row.name else HEADING)
        viewport = self.viewport()
        assert viewport is not None
        viewport.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Take a share of the table's width."""
        table = self.parent()
        width = int(SHARE * table.width()) if table is not None else NARROWEST  # type: ignore[attr-defined]
        return QSize(min(max(width, NARROWEST), WIDEST), super().sizeHint().height())

    def paintSection(self, painter: QPainter | None, rect: QRect, logical: int) -> None:  # noqa: N802
        """Paint a name, or a heading."""
        if painter is None or not rect.isValid() or logical >= len(self._rows):
            return
        row, theme = self._rows[logical], Theme.of(self)
        painter.save()
        painter.fillRect(rect, theme.ground if row.name else heading_colour(theme))
        font = self.font()
        font.setBold(not row.name)
        painter.setFont(font)
        painter.setPen(theme.ink)
        inside = rect.adjusted(6, 0, -4, 0)  # with the arrow, _MARGIN
        if row.name:
            arrow = inside.adjusted(inside.width() - 14, 0, 0, 0)
            painter.drawText(arrow, Qt.AlignmentFlag.AlignCenter, "↑" if row.higher_is_better else "↓")
            inside.adjust(0, 0, -16, 0)
        title, most = (row.title, MOST_LINES) if row.name else (row.section.heading, 1)
        text = in_lines(title, QFontMetrics(font), inside.width(), most)
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(theme.rule)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()


def in_lines(text: str, metrics: QFontMetrics, width: int, most: int) -> str:
    """Break a text at its blanks into lines that fit a width; the last is cut with an ellipsis."""
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < most - 1:
        num = len(words)
        while num > 1 and metrics.horizontalAdvance(" ".join(words[:num])) > width:
            num -= 1
        lines.append(metrics.elidedText(" ".join(words[:num]), Qt.TextElideMode.ElideRight, width))
        words = words[num:]
    if words:
        lines.append(metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width))
    return "\n".join(lines)
