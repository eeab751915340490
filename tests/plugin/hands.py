"""A hand for tests: it answers dialogs while whoever opened them waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEP = 50
"""Milliseconds between two looks."""


def answer(kind: type, act: Callable[[Any], object], *, wait: int = 20_000) -> list[str]:
    """Act on the next modal dialog of a kind; the list that is given gets its title."""
    done: list[str] = []
    timer = QTimer(QApplication.instance())
    timer.setInterval(STEP)
    left = [wait]

    def look() -> None:
        shown, left[0] = QApplication.activeModalWidget(), left[0] - STEP
        if isinstance(shown, kind):
            timer.stop()
            done.append(shown.windowTitle())
            act(shown)
        elif left[0] <= 0:
            timer.stop()

    timer.timeout.connect(look)
    timer.start()
    return done


def choose_path(path: Path) -> list[str]:
    """Paste a path into the next file dialog, and press Return."""

    def paste_it(dialog: Any) -> None:
        line, clipboard = dialog.findChild(QLineEdit), QApplication.clipboard()
        assert clipboard is not None
        clipboard.setText(str(path))  # while letters are typed, the dialog completes them to other names
        line.selectAll()
        QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(line, Qt.Key.Key_Return)
        if dialog.isVisible():  # a folder that is there is entered first, and chosen then
            QTest.keyClick(line, Qt.Key.Key_Return)

    return answer(QFileDialog, paste_it)


def press(button: QAbstractButton) -> None:
    """Click a button."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
