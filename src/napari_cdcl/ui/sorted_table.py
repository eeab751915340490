"""A table whose rows can be sorted, searched and chosen; equal values stay as people count. It knows no session."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd
    from qtpy.QtGui import QResizeEvent
    from qtpy.QtWidgets import QWidget

_ROOT = QModelIndex()
_SORT = Qt.ItemDataRole.UserRole
FIT, WIDEST = -1, 150
"""A width that follows the texts, and its limit in pixels; longer texts end in dots and stand whole in the tip."""
LEAST = 90
"""Pixels that a column which shares what is left has at least: a short name."""
LINE = 24
"""Pixels of a row: a line of text with room for a finger."""


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """How a column is shown.

    Attributes
    ----------
    title, tip
        Of its heading; the tip stands on each cell too.
    write
        Makes a cell's text of its value.
    width
        Pixels; 0 shares what is left, and `FIT` takes what the texts need, up to `WIDEST`.
    to_right
        Whether texts stand at the right, as numbers do.
    data
        Gives what is asked for beside the text, of a label and a role: by a delegate, or as a tip of its own.
    """

    title: str
    tip: str
    write: Callable[[Any], str] = str
    width: int = 0
    to_right: bool = False
    data: Callable[[str, int], Any] | None = None


class _Model(QAbstractTableModel):
    """The rows as Qt asks for them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.columns: list[list[Any]] = []
        self.styles: list[ColumnStyle] = []
        self.down = False
        self._sorted: dict[tuple[int, bool], list[int]] = {}

    def show_columns(self, columns: Mapping[str, list[Any]], styles: Mapping[str, ColumnStyle]) -> None:
        self.beginResetModel()
        self.names = list(columns)
        self.columns = list(columns.values())
        self.styles = [styles[name] for name in columns]
        self._sorted.clear()
        self.endResetModel()

    def _places(self, column: int) -> list[int]:
        """Give each row's place where a column is sorted: equal values as people count, and missing ones last."""
        key = (column, self.down)
        if key not in self._sorted:
            self._sorted[key] = _sort(self.columns[column], down=self.down)
        return self._sorted[key]

    def rowCount(self, _parent: QModelIndex = _ROOT) -> int:  # noqa: N802
        return len(self.columns[0]) if self.columns else 0

    def columnCount(self, _parent: QModelIndex = _ROOT) -> int:  # noqa: N802
        return len(self.names)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        style, row = self.styles[index.column()], index.row()
        if role == _SORT:
            return self._places(index.column())[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return style.write(self.columns[index.column()][row])
        own = style.data(str(self.columns[0][row]), role) if style.data is not None else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return own or f"{self.columns[0][row]}\n{style.tip}"
        if role == Qt.ItemDataRole.TextAlignmentRole and style.to_right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return own

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        style = self.styles[section]
        return {Qt.ItemDataRole.DisplayRole: style.title, Qt.ItemDataRole.ToolTipRole: style.tip}.get(
            Qt.ItemDataRole(role)
        )


class _Sorted(QSortFilterProxyModel):
    """Tells the table which end comes first, and leaves out rows that are not wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted: set[str] | None = None
        self.text = ""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        source = self.sourceModel()
        assert isinstance(source, _Model)
        source.down = order == Qt.SortOrder.DescendingOrder
        self.invalidate()
        super().sort(column, order)

    def filterAcceptsRow(self, row: int, _parent: QModelIndex) -> bool:  # noqa: N802
        source = self.sourceModel()
        assert isinstance(source, _Model)
        label = str(source.columns[0][row])
        return (self.wanted is None or label in self.wanted) and self.text in label.casefold()


class SortedTable(QTableView):
    """Rows of labels with what is known of each."""

    chosen = Signal(object)
    """Set of the labels that the user chose; what the program marks is not told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._sorted = _Sorted(self)
        self._marking = False
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_SORT)
        self.setModel(self._sorted)
        self._set_up()

    def _set_up(self) -> None:
        self.setSortingEnabled(True)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(100)
        side, header, selection = self.verticalHeader(), self.horizontalHeader(), self.selectionModel()
        assert side is not None
        assert header is not None
        assert selection is not None
        side.hide()
        side.setDefaultSectionSize(LINE)
        header.setMinimumSectionSize(24)
        header.setHighlightSections(False)
        selection.selectionChanged.connect(self._tell)

    def show_columns(self, table: pd.DataFrame, styles: Mapping[str, ColumnStyle]) -> None:
        """Show other rows, sorted as they were.

        Parameters
        ----------
        table
            The first column that has a style is the label; rows of equal values stand in the labels' natural order.
        styles
            Which columns are shown, and how, in this order; columns that the table lacks are left out.
        """
        names = [name for name in styles if name in table]
        if names:
            labels = [natural(str(label)) for label in table[names[0]]]
            table = table.iloc[sorted(range(len(table)), key=labels.__getitem__)]
        self._marking = True
        self._model.show_columns({name: table[name].tolist() for name in names}, styles)
        self._size_columns()
        self._marking = False

    def sort_by(self, name: str, *, down: bool) -> None:
        """Sort by a column."""
        if name in self._model.names:
            order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
            self.sortByColumn(self._model.names.index(name), order)

    def search(self, text: str) -> None:
        """Show labels that hold a text only; large and small letters are alike."""
        self._sorted.text = text.casefold()
        self._filter()

    def show_only(self, labels: Iterable[str] | None) -> None:
        """Show these labels only, or all of them."""
        self._sorted.wanted = None if labels is None else set(labels)
        self._filter()

    def first(self) -> QModelIndex:
        """Give the topmost label."""
        return self._sorted.index(0, 0)

    def label_at(self, index: QModelIndex) -> str:
        """Give the label of a cell's row."""
        return str(self._model.columns[0][self._sorted.mapToSource(index).row()])

    def name_at(self, index: QModelIndex) -> str:
        """Give the name of a cell's column."""
        return self._model.names[index.column()]

    def labels(self) -> list[str]:
        """Give the labels on display, from the top."""
        return [self.label_at(self._sorted.index(row, 0)) for row in range(self._sorted.rowCount())]

    def marked(self) -> set[str]:
        """Give the labels of the chosen rows."""
        return {self.label_at(index) for index in self.selectedIndexes()}

    def mark(self, labels: Iterable[str]) -> None:
        """Mark rows without telling."""
        wanted, selection = set(labels), self.selectionModel()
        if wanted == self.marked() or selection is None:
            return
        self._marking = True
        rows = [row for row, label in enumerate(self.labels()) if label in wanted]
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self._sorted.index(row, 0), self._sorted.index(row, max(self._model.columnCount() - 1, 0)))
        selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(rows) == 1:
            self.scrollTo(self._sorted.index(rows[0], 0))
        self._marking = False

    def hide_columns(self, names: Iterable[str], hidden: bool) -> None:
        """Hide columns, or show them again; the labels take the room where no other column shares it."""
        for name in names:
            if name in self._model.names:
                self.setColumnHidden(self._model.names.index(name), hidden)
        self._size_columns()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Give columns that share what is left a readable width where nothing is left: Qt leaves them as they were."""
        super().resizeEvent(event)
        self._squeeze()

    def _squeeze(self) -> None:
        """Let columns as wide as their texts scroll away, where all of them leave no room for the others."""
        header, view = self.horizontalHeader(), self.viewport()
        seen = [(n, style) for n, style in enumerate(self._model.styles) if not self.isColumnHidden(n)]
        if header is None or view is None:
            return
        shared = [n for n, _ in seen if header.sectionResizeMode(n) == QHeaderView.ResizeMode.Stretch]
        taken = sum(header.sectionSize(n) for n, _ in seen if n not in shared)
        if not shared or taken + LEAST * len(shared) <= view.width():
            return
        fixed = sum(style.width for n, style in seen if n not in shared and style.width > 0)
        for number in shared:
            header.resizeSection(number, max(LEAST, (view.width() - fixed) // len(shared)))

    def _filter(self) -> None:
        self._marking = True  # what disappears is not taken out of the selection
        self._sorted.invalidate()
        self._marking = False

    def _tell(self, _more: object, _less: object) -> None:
        if not self._marking:
            self.chosen.emit(self.marked())

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        assert header is not None
        shared = any(not one.width and not self.isColumnHidden(number) for number, one in enumerate(self._model.styles))
        for number, style in enumerate(self._model.styles):
            stretched = not style.width or (number == 0 and not shared)
            mode = QHeaderView.ResizeMode.Stretch if stretched else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(number, mode)
            needed = max(self.sizeHintForColumn(number), header.sectionSizeHint(number))
            header.resizeSection(number, min(needed, WIDEST) if style.width == FIT else style.width)
        self._squeeze()


def is_missing(value: Any) -> bool:
    """Tell whether a cell has no value."""
    return isinstance(value, float) and isnan(value)


def write_text(value: Any) -> str:
    """Write a text; a missing one is empty."""
    return "" if is_missing(value) or value is None else str(value)


def _sort(column: list[Any], *, down: bool) -> list[int]:
    """Give the place of each row, of rows that come in the order in which people count."""

    def key(row: int) -> tuple[Any, ...]:
        value = column[row]
        missing = is_missing(value)
        shown = 0.0 if missing else natural(value) if isinstance(value, str) else value
        return (missing != down, shown, -row if down else row)

    places = [0] * len(column)
    for place, row in enumerate(sorted(range(len(column)), key=key)):
        places[row] = place
    return places
