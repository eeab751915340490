"""What the screen's table says of the field on display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from napari_cdcl.ui.choosers import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from qtpy.QtWidgets import QWidget


TIP = "What the table of the screen says of this field."


class FieldFacts(QTableWidget):
    """Columns and values of one row, one a line; what is empty is left out, and paths stand in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setToolTip(TIP)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        across, down = self.horizontalHeader(), self.verticalHeader()
        assert across is not None
        assert down is not None
        across.hide()
        down.hide()
        down.setDefaultSectionSize(20)
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        across.setStretchLastSection(True)
        self.setMinimumHeight(64)

    def show_row(self, facts: pd.Series | None) -> None:
        """Show a row of the screen, or nothing."""
        shown = [] if facts is None else [(name, _text(facts[name])) for name in _in_order(map(str, facts.index))]
        paths = [text for name, text in shown if _is_path(name)]
        shown = [(name, text) for name, text in shown if text and not _is_path(name)]
        self.setToolTip("\n".join([TIP, *paths]))
        self.setRowCount(len(shown))
        for line, texts in enumerate(shown):
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.setItem(line, column, cell)


def _in_order(names: Iterable[str]) -> list[str]:
    """Put known columns first."""
    rank = {name: number for number, name in enumerate(FIRST)}
    return sorted(names, key=lambda name: rank.get(name, len(rank)))


def _is_path(name: str) -> bool:
    return name == "path" or name.startswith("path_")


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:g}"
    return str(value)
