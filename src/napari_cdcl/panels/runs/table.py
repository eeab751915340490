"""The runs of a folder as a table: recipe, how they are doing and why, how far, scores, size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_cdcl.runs.run_files import Entry

HEADER = ("run", "status", "recipe", "steps", "score", "size")
COLOURS = {
    "submitted": "#3fa7d6",
    "running": "#3fa7d6",
    "done": "#59cd90",
    "failed": "#e5484d",
    "crashed": "#e5484d",
    "stopped": "#e9a23b",
}


class RunTable(QTableWidget):
    """Shows entries; one or two may be chosen."""

    chosen = Signal()
    """Another choice."""

    def __init__(self) -> None:
        super().__init__(0, len(HEADER))
        self.entries: list[Entry] = []
        self.setHorizontalHeaderLabels(list(HEADER))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header, side = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert side is not None
        side.hide()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.itemSelectionChanged.connect(self.chosen)
        self.setToolTip("Choose a run to see more of it, or two (with Ctrl) to compare them.")

    def show_entries(self, entries: Sequence[Entry], folder: Path) -> None:
        """Show others, and keep what was chosen chosen."""
        kept = {entry.run for entry in self.selected()}
        self.blockSignals(True)
        self.entries = list(entries)
        self.clearSelection()
        self.setRowCount(len(entries))
        for row, entry in enumerate(entries):
            self._show_row(row, entry, folder)
        self._choose([row for row, entry in enumerate(entries) if entry.run in kept])
        self.blockSignals(False)
        if {entry.run for entry in self.selected()} != kept:
            self.chosen.emit()

    def selected(self) -> list[Entry]:
        """Give what is chosen, from the top."""
        rows = sorted({index.row() for index in self.selectedIndexes()})
        return [self.entries[row] for row in rows if row < len(self.entries)]

    def choose(self, *rows: int) -> None:
        """Choose rows, as the user does."""
        self.clearSelection()
        self._choose(rows)

    def _choose(self, rows: Sequence[int]) -> None:
        mode = self.selectionMode()
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for row in rows:
            self.selectRow(row)
        self.setSelectionMode(mode)

    def _show_row(self, row: int, entry: Entry, folder: Path) -> None:
        summary = entry.summary
        place = entry.run.folder
        name = str(place.relative_to(folder)) if place != folder else place.name
        steps = f"{summary.step:,} / {summary.steps:,}" if summary.steps else f"{summary.step:,}"
        texts = (name, summary.status, summary.recipe or "own", steps, entry.score, in_bytes(summary.num_bytes))
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(_tip(entry, column))
            if HEADER[column] == "status":
                from qtpy.QtGui import QColor

                item.setForeground(QColor(COLOURS[summary.status]))
            if column >= HEADER.index("steps"):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)


def in_bytes(num_bytes: int) -> str:
    """Say a size: "12.3 MB"."""
    size = float(num_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _tip(entry: Entry, column: int) -> str:
    if HEADER[column] == "status":
        return entry.reason or entry.summary.status
    return f"{entry.run.folder}\n{entry.notes}".strip()
