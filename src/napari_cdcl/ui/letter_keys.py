"""Keys of a single letter that work in a panel, but never while something has the focus that takes letters itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject
from qtpy.QtGui import QAction, QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QTableView,
    QTextEdit,
    QTreeView,
    QWidget,
)

from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Iterable

TAKES_LETTERS = (
    *(QComboBox, QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit),
    *(QTableView, QTreeView, QListView),
)
"""A letter chooses an entry here, or is written."""


class LetterKeys(QObject):
    """Switches shortcuts and actions with a key of one letter off while such a widget has the focus.

    An action keeps working by its button: it loses its key for the while.
    """

    def __init__(self, keys: Iterable[QShortcut | QAction], parent: QObject) -> None:
        super().__init__(parent)
        found = ((key, QKeySequence(key.key() if isinstance(key, QShortcut) else key.shortcut())) for key in keys)
        self._keys = [(key, letter) for key, letter in found if len(letter.toString()) == 1]
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        on = not _takes_letters(new)
        for key, letter in self._keys:
            if not is_alive(key):
                continue
            if isinstance(key, QShortcut):
                key.setEnabled(on)
            else:
                key.setShortcut(letter if on else QKeySequence())


def _takes_letters(widget: QWidget | None) -> bool:
    """Pictures in a grid have no names by which a letter could find them."""
    if isinstance(widget, QListView) and widget.viewMode() == QListView.ViewMode.IconMode:
        return False
    return isinstance(widget, TAKES_LETTERS)
