"""Scores in rows, profiles in columns: values as bars. It knows no session."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_cdcl.models.score_table import Board, describe_cell, describe_row
from napari_cdcl.models.score_texts import BASELINES
from napari_cdcl.panels.scores.bars import (
    CELL,
    HEADING,
    MUTED,
    SPAN,
    BarDelegate,
    heading_colour,
    in_short,
    why_absent,
)
from napari_cdcl.panels.scores.names import ScoreNames, in_lines
from napari_cdcl.ui.scatter.theme import Theme

if TYPE_CHECKING:
    from qtpy.QtCore import QRect
    from qtpy.QtGui import QPainter, QResizeEvent

    from napari_cdcl.models.score_table import Column, Row

_NARROWEST = 118
"""Pixels: the number, and a bar long enough to compare."""
_ROOT = QModelIndex()


class BoardModel(QAbstractTableModel):
    """A `Board` for Qt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.board = Board()

    def show_board(self, board: Board) -> None:
        """Hold another board."""
        self.beginResetModel()
        self.board = board
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex = _ROOT) -> int:  # noqa: N802
        """Count scores and headings."""
        return len(self.board.rows)

    def columnCount(self, _parent: QModelIndex = _ROOT) -> int:  # noqa: N802
        """Count columns."""
        return len(self.board.columns)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let scores be chosen, headings not."""
        heading = not self.board.rows[index.row()].name
        return Qt.ItemFlag.ItemIsEnabled if heading else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give text, tip, and what the delegate paints."""
        row, column = self.board.rows[index.row()], self.board.columns[index.column()]
        cell = self.board.cells.get((index.row(), index.column()))
        if cell is None:
            texts = {Qt.ItemDataRole.ToolTipRole: describe_row(row), HEADING: row.section.line}
            return texts.get(role) if index.column() == 0 or role != HEADING else ""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return why_absent(cell) if isnan(cell.value) else in_short(cell.value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return describe_cell(row, column, cell)
        return {CELL: cell, SPAN: self.board.spans.get(index.row()), MUTED: bool(column.baseline)}.get(role)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Give names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            row = self.board.rows[section]
            texts = {Qt.ItemDataRole.DisplayRole: row.title, Qt.ItemDataRole.ToolTipRole: describe_row(row)}
        else:
            column = self.board.columns[section]
            texts = {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: describe_column(column)}
        return texts.get(Qt.ItemDataRole(role))


class ColumnTitles(QHeaderView):
    """Whose scores: two lines, run or file, and which of its profiles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(_NARROWEST)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Have room for two lines."""
        return QSize(super().sizeHint().width(), 2 * self.fontMetrics().height() + 8)

    def paintSection(self, painter: QPainter | None, rect: QRect, logical: int) -> None:  # noqa: N802
        """Paint a title."""
        model = self.model()
        if painter is None or model is None or not rect.isValid():
            return
        theme, metrics = Theme.of(self), self.fontMetrics()
        lines = str(model.headerData(logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)).split("\n")
        painter.save()
        painter.fillRect(rect, heading_colour(theme))
        painter.setPen(theme.rule)
        painter.drawLine(rect.topRight(), rect.bottomRight())
        inside = rect.adjusted(5, 4, -5, -4)
        half = inside.height() // 2
        for number, (line, colour) in enumerate(zip(lines, (theme.faint, theme.ink), strict=False)):
            painter.setPen(colour)
            place = inside.adjusted(0, number * half, 0, (number - 1) * half)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, in_lines(line, metrics, inside.width(), 1))
        painter.restore()


class ScoreTable(QTableView):
    """Shows a board; the names of scores stay where the columns scroll."""

    asked = Signal(str, str, int)
    """Name and level of the score that was chosen, and the number of its column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("A row a score, a column a run or a correction; each name says what it means.")
        self.board_model = BoardModel(self)
        self.setModel(self.board_model)
        self.setItemDelegate(BarDelegate(self))
        self.names, self.titles = ScoreNames(self), ColumnTitles(self)
        self.setVerticalHeader(self.names)
        self.setHorizontalHeader(self.titles)
        self.setToolTip("Click a score for its treatments, batches or mechanisms one by one")
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumSize(_NARROWEST + 140, 130)
        selection = self.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._ask)
        self.names.sectionClicked.connect(self._ask_row)

    @property
    def board(self) -> Board:
        """What is on display."""
        return self.board_model.board

    def show_board(self, board: Board) -> None:
        """Show another board; where it has the chosen score too, that stays chosen."""
        row, title = self._chosen()
        self.clearSpans()
        self.board_model.show_board(board)
        self.names.show_rows(board.rows)
        for number, one in enumerate(board.rows):
            if not one.name and len(board.columns) > 1:
                self.setSpan(number, 0, 1, len(board.columns))
        titles = [column.title for column in board.columns]
        if row in board.rows and title in titles:
            self.choose(board.rows.index(row), titles.index(title))

    def choose(self, row: int, column: int) -> None:
        """Choose a score, as a click does."""
        self.setCurrentIndex(self.board_model.index(row, column))

    def show_chosen(self) -> None:
        """Scroll to the chosen score."""
        self.scrollTo(self.currentIndex())

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Give the names their share."""
        self.names.fit()
        super().resizeEvent(event)

    def _chosen(self) -> tuple[Row | None, str]:
        """Give the chosen row, and the title of its column."""
        index = self.currentIndex()
        if not index.isValid():
            return None, ""
        return self.board.rows[index.row()], self.board.columns[index.column()].title

    def _ask(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and self.board.rows[index.row()].name:
            row = self.board.rows[index.row()]
            self.asked.emit(row.name, row.level, index.column())

    def _ask_row(self, row: int) -> None:
        self.choose(row, max(self.currentIndex().column(), 0))


def describe_column(column: Column) -> str:
    """Say whose scores stand in a column, and what to know of them."""
    scored = column.scored
    lines = [f"{scored.title}, {scored.what}", str(scored.source)]
    if column.baseline:
        lines = [f"{column.baseline}, beside {scored.title}", BASELINES.get(column.baseline, "")]
    elif scored.note:
        lines.append(f"No scores: {scored.note}")
    elif scored.stale:
        lines.append("The profiles have changed since they were scored: score again.")
    return "\n".join(lines)
