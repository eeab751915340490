"""File names and what a pattern makes of them: one line a name, its parts in colour and in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QListWidget, QTableWidget, QTableWidgetItem

from napari_cdcl.actions.pattern_wizard import list_values
from napari_cdcl.panels.screen.part_colours import behind, paint_name

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

    from napari_cdcl.actions.pattern_wizard import Trial

TIP = "Some of the names that match, spread over all, and their parts."


class NameTable(QTableWidget):
    """Names that match."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 1, parent)
        self.setToolTip(TIP)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        down = self.verticalHeader()
        assert down is not None
        down.hide()
        down.setDefaultSectionSize(22)

    def clear_names(self) -> None:
        """Show none."""
        self.setRowCount(0)

    def show_trial(self, trial: Trial) -> None:
        """Show some names, and of each part how many values it has."""
        self.setRowCount(0)
        self.setColumnCount(len(trial.groups) + 1)
        for column, part in enumerate(trial.groups):
            values = trial.values[part]
            head = QTableWidgetItem(f"{part} ({len(values):,})")
            head.setToolTip(f"{part}: {list_values(values, 30)}")
            self.setHorizontalHeaderItem(column, head)
        self.setHorizontalHeaderItem(len(trial.groups), QTableWidgetItem("file name"))
        self.setRowCount(len(trial.matched))
        for line, (name, spans) in enumerate(trial.matched):
            self._show_name(line, name, spans, trial.groups)
        self._fit()

    def _show_name(self, line: int, name: str, spans: dict[str, tuple[int, int]], groups: tuple[str, ...]) -> None:
        for column, part in enumerate(groups):
            begin, end = spans.get(part, (0, 0))
            cell = QTableWidgetItem(name[begin:end])
            cell.setBackground(QBrush(behind(part, self)))
            cell.setFlags(Qt.ItemFlag.ItemIsEnabled)
            cell.setToolTip(name)
            self.setItem(line, column, cell)
        label = QLabel(paint_name(name, spans, self))
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setContentsMargins(4, 0, 4, 0)
        label.setToolTip(name)
        self.setCellWidget(line, len(groups), label)

    def _fit(self) -> None:
        across = self.horizontalHeader()
        assert across is not None
        across.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)


class UnmatchedList(QListWidget):
    """Names that do not match."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Some of the names that do not match: they are left out of the screen.")

    def show_names(self, names: tuple[str, ...], total: int) -> None:
        """Show names, and say how many more there are."""
        self.clear()
        self.addItems(names)
        if total > len(names):
            self.addItem(f"… and {total - len(names):,} more")
