"""The screen of new plates: a folder or a table, typed, chosen or dropped."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_cdcl.ui.buttons import make_button
from napari_cdcl.ui.file_dialogs import ask_file, ask_folder

TABLES = "Tables of a screen (*.csv *.tsv *.parquet *.xlsx);;All files (*)"


class GateSource(QWidget):
    """One line for a path, and what was found there; whoever has it lays its two buttons out."""

    chosen = Signal(object)
    """Path that the user named."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._named = ""
        self.path = QLineEdit()
        self.path.setPlaceholderText("new plates: a folder or a table, or drop it here")
        self.path.setToolTip("New plates: anything the Screen panel opens, with their treatments and controls named.")
        self.path.setAcceptDrops(False)  # it would take the drop as text
        self.folder = make_button("Folder…", "Choose the folder of the new plates.")
        self.table = make_button("Table…", "Choose the table of the new plates' fields.")
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.path)
        layout.addWidget(self.about)
        self.path.editingFinished.connect(self._take_typed)
        self.folder.clicked.connect(lambda: self._take(ask_folder(self, "Folder of new plates")))
        self.table.clicked.connect(lambda: self._take(ask_file(self, "Table of new plates", TABLES)))

    def show_path(self, path: Path) -> None:
        """Show a path without telling."""
        self._named = str(path)
        self.path.setText(self._named)

    def say(self, words: str) -> None:
        """Say what was found, or what is wrong."""
        self.about.setText(words)
        self.about.setVisible(bool(words))

    def _take_typed(self) -> None:
        typed = self.path.text().strip()
        if typed and typed != self._named:
            self._take(Path(typed).expanduser())

    def _take(self, path: Path | None) -> None:
        if path is not None:
            self.show_path(path)
            self.chosen.emit(path)
