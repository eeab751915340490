"""Keys of a single letter that work in a panel, but never while something has the focus that takes letters itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTableView,
    QTextEdit,
    QTreeView,
    QWidget,
)

from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qtpy.QtGui import QShortcut

TAKES_LETTERS = (
    *(QComboBox, QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit),
    *(QTableView, QTreeView, QListWidget),
)
"""A letter chooses an entry here, or is written."""


class LetterKeys(QObject):
    """Switches shortcuts off while such a widget has the focus."""

    def __init__(self, keys: Iterable[QShortcut], parent: QObject) -> None:
        super().__init__(parent)
        self._keys = [key for key in keys if len(key.key().toString()) == 1]
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        for key in self._keys:
            if is_alive(key):
                key.setEnabled(not isinstance(new, TAKES_LETTERS))
