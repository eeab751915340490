"""The value of each treatment (mechanism, batch) of one score: sorted, searched, chosen. It knows no session."""

from __future__ import annotations

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
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from cdcl.screen.natural import natural
from napari_cdcl.models.score_table import Cell
from napari_cdcl.panels.scores.bars import CELL, SPAN, BarDelegate, in_short

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_ROOT = QModelIndex()
_SORT = Qt.ItemDataRole.UserRole
_WIDTHS = {"count": 54, "q": 46}
TIPS = {
    "label": "Click to select its points in every panel; Ctrl or Shift for several.",
    "value": "The score of it alone, with its 95 % interval where there is one.",
    "count": "How many profiles or queries it is a mean of.",
    "q": "False discovery rate: below 0.05 it counts as active.",
    "predicted": "The mechanism of its nearest neighbour.",
}


class _Model(QAbstractTableModel):
    """A table of labels for Qt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        self.columns: list[list[Any]] = []
        self.first = "treatment"
        self.down = False
        self._sorted: dict[tuple[int, bool], list[int]] = {}
        self._low: list[float] = []
        self._high: list[float] = []
        self._span = (0.0, 1.0)

    def show_table(self, table: pd.DataFrame, first: str) -> None:
        self.beginResetModel()
        self.first = first
        self.names = [name for name in TIPS if name in table]
        if self.names:  # equal values stay in the order in which people count
            labels = [natural(str(label)) for label in table[self.names[0]]]
            table = table.iloc[sorted(range(len(table)), key=labels.__getitem__)]
        self.columns = [table[name].tolist() for name in self.names]
        self._sorted.clear()
        missing = [float("nan")] * len(table)
        self._low, self._high = (table[name].tolist() if name in table else missing for name in ("low", "high"))
        known = [value for value in table.get("value", ()) if not isnan(value)]
        self._span = (min([0.0, *known]), max([1.0, *known]))
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
        name, value = self.names[index.column()], self.columns[index.column()][index.row()]
        if role == _SORT:
            return self._places(index.column())[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _in_words(name, value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.columns[0][index.row()]}\n{TIPS[name]}"
        if role == Qt.ItemDataRole.TextAlignmentRole and name in ("count", "q"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if name == "value" and role == CELL:
            return Cell(float(value), self._low[index.row()], self._high[index.row()])
        return self._span if name == "value" and role == SPAN else None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        name = self.names[section]
        titles = {"label": self.first, "predicted": "neighbour is"}
        texts = {Qt.ItemDataRole.DisplayRole: titles.get(name, name), Qt.ItemDataRole.ToolTipRole: TIPS[name]}
        return texts.get(Qt.ItemDataRole(role))


class _Sorted(QSortFilterProxyModel):
    """Tells the table which end comes first: what is equal is not turned round with the rest."""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        source = self.sourceModel()
        assert isinstance(source, _Model)
        source.down = order == Qt.SortOrder.DescendingOrder
        self.invalidate()
        super().sort(column, order)


class TreatmentList(QTableView):
    """Rows that can be sorted, searched and chosen."""

    chosen = Signal(object)
    """Set of the labels that the user chose; what the program marks is not told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Choose treatments to select their points; click a heading to sort by it.")
        self._model = _Model(self)
        self._sorted = _Sorted(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_SORT)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._sorted)
        self.setItemDelegate(BarDelegate(self))
        self.setToolTip("Click a line to select its points everywhere; hold Ctrl or Shift for several")
        self.setSortingEnabled(True)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        side, header = self.verticalHeader(), self.horizontalHeader()
        assert side is not None
        assert header is not None
        side.hide()
        side.setDefaultSectionSize(24)
        self.setMinimumHeight(100)
        header.setMinimumSectionSize(44)
        header.setHighlightSections(False)
        self._marking = False
        selection = self.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(self._tell)

    def show_table(self, table: pd.DataFrame, first: str) -> None:
        """Show other values, the best on top as they were sorted; `first` is what labels are called."""
        self._marking = True
        self._model.show_table(table, first)
        self._size_columns()
        self._marking = False

    def sort_by(self, name: str, *, down: bool) -> None:
        """Sort by a column."""
        if name in self._model.names:
            order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
            self.sortByColumn(self._model.names.index(name), order)

    def search(self, text: str) -> None:
        """Show labels that hold a text only."""
        self._marking = True  # what disappears is not taken out of the selection
        self._sorted.setFilterFixedString(text)
        self._marking = False

    def first(self) -> QModelIndex:
        """Give the topmost label."""
        return self._sorted.index(0, 0)

    def labels(self) -> list[str]:
        """Give the labels on display, from the top."""
        return [str(self._sorted.index(row, 0).data()) for row in range(self._sorted.rowCount())]

    def marked(self) -> set[str]:
        """Give the labels of the chosen rows."""
        return {str(self._sorted.index(index.row(), 0).data()) for index in self.selectedIndexes()}

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

    def _tell(self, _more: object, _less: object) -> None:
        if not self._marking:
            self.chosen.emit(self.marked())

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        assert header is not None
        for number, name in enumerate(self._model.names):
            mode = QHeaderView.ResizeMode.Fixed if name in _WIDTHS else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(number, mode)
            header.resizeSection(number, _WIDTHS.get(name, 0))


def _in_words(name: str, value: Any) -> str:
    if name == "count":
        return "" if isnan(value) else f"{value:,.0f}"
    if name == "q":
        return "" if isnan(value) else f"{value:.2g}"
    return in_short(value) if name == "value" else "" if isinstance(value, float) else str(value)


def _sort(column: list[Any], *, down: bool) -> list[int]:
    """Give the place of each row, of rows that come in the order in which people count."""

    def key(row: int) -> tuple[Any, ...]:
        value = column[row]
        missing = isinstance(value, float) and isnan(value)
        shown = 0.0 if missing else natural(value) if isinstance(value, str) else value
        return (missing != down, shown, -row if down else row)

    places = [0] * len(column)
    for place, row in enumerate(sorted(range(len(column)), key=key)):
        places[row] = place
    return places
