"""The keys of the explore panel: bound, and listed for who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QToolButton, QToolTip

from napari_cdcl.ui.letter_keys import LetterKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qtpy.QtWidgets import QWidget

ELSEWHERE = {
    "P, L, R": "pan, lasso, rectangle in the scatter",
    "Ctrl+Z, Ctrl+Shift+Z": "undo, redo a selection",
    "I, Esc": "invert the selection, select nothing",
    "F, D": "show all points, show their density",
    "Alt+Right, Alt+Left": "next, previous field (with Shift: well)",
    "Ctrl+Shift+O": "open a folder (in the Screen panel)",
}
"""Keys that are bound by other parts of the window."""


def bind(panel: QWidget, keys: Mapping[str, tuple[str, Callable[[], object]]]) -> None:
    """Let keys work while the panel, or something in it, has the focus."""
    shortcuts = [QShortcut(QKeySequence(key), panel, act) for key, (_, act) in keys.items()]
    for shortcut in shortcuts:
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    LetterKeys(shortcuts, panel)


class ShortcutList(QToolButton):
    """A question mark that lists the keys."""

    def __init__(self, keys: Mapping[str, tuple[str, Callable[[], object]]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("?")
        own = {key: what for key, (what, _) in keys.items()}
        rows = "".join(
            f"<tr><td><b>{key}</b>&nbsp;</td><td>{what}</td></tr>" for key, what in {**own, **ELSEWHERE}.items()
        )
        self.setToolTip(f"<b>Keys</b><table>{rows}</table>")
        self.clicked.connect(self._show)

    def _show(self) -> None:
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self.toolTip(), self)
