"""What makes a panel usable without a mouse or without eyes: names for screen readers, and Tab that goes on."""

from __future__ import annotations

from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

CONTROLS = (
    *(QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, QLineEdit),
    *(QPlainTextEdit, QTextEdit, QAbstractItemView),
)


def make_accessible(root: QWidget) -> None:
    """Name all controls inside a widget that have no name yet, and let Tab leave its tables and texts.

    A screen reader gets what a control says itself; else the label beside it; else the beginning of its tip.
    """
    labels = {id(label.buddy()): label.text() for label in root.findChildren(QLabel) if label.buddy() is not None}
    for control in root.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or isinstance(control, QScrollBar):
            continue
        if isinstance(control, QAbstractItemView):
            control.setTabKeyNavigation(False)
        elif isinstance(control, QPlainTextEdit | QTextEdit):
            control.setTabChangesFocus(True)
        if not control.accessibleName() and not _says_something(control):
            inside = "clear" if isinstance(control.parent(), QLineEdit) else ""  # Qt's own cross in a text field
            control.setAccessibleName(labels.get(id(control), "") or first_clause(control.toolTip()) or inside)
        if not control.accessibleDescription():
            control.setAccessibleDescription(control.toolTip())


def first_clause(tip: str) -> str:
    """Give the beginning of a tip, up to its first full stop, colon or semicolon."""
    line = tip.partition("\n")[0]
    ends = [place for mark in (". ", ": ", "; ") if (place := line.find(mark)) > 0]
    return line[: min(ends, default=len(line))].rstrip(".")


def _says_something(control: QWidget) -> bool:
    """Tell whether a button's own text has letters: "…" and "▾" say nothing aloud."""
    return isinstance(control, QAbstractButton) and any(letter.isalpha() for letter in control.text())
