"""One setting of a config: a magicgui widget of its type, and the reason beneath it where its value is wrong."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from magicgui.widgets import CheckBox, ComboBox, LineEdit
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.fields import FieldInfo

WRONG = "border: 1px solid #e5484d;"


class Setting(QWidget):
    """Shows a value and takes another; what is typed is handed on as text, for pydantic to judge.

    Parameters
    ----------
    name
        Its dotted name in the config: "optimizer.lr".
    field
        Its type and description.
    value
        What it is now.
    """

    edited = Signal(str, object)
    """Name and new value, as text, tuple of texts, bool or None."""

    def __init__(self, name: str, field: FieldInfo, value: Any) -> None:
        super().__init__()
        self.name = name
        self._kind = field.annotation
        self._many = _is_tuple(self._kind)
        self.editor = self._make_editor(value)
        tip = f"{field.description or ''}\n{name}".strip()
        self.editor.native.setToolTip(tip)
        self.editor.native.setAccessibleName(name)
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setStyleSheet("color: #e5484d;")
        self.reason.hide()
        self._style = self.editor.native.styleSheet()
        self.editor.changed.connect(self._tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        self.picker = QToolButton()
        self.picker.setText("▾")
        self.picker.setToolTip("Pick from what the screen has.")
        self.picker.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.picker.setMenu(QMenu(self.picker))
        self.picker.hide()
        row = QHBoxLayout()
        row.addWidget(self.editor.native, 1)
        row.addWidget(self.picker)
        layout.addLayout(row)
        layout.addWidget(self.reason)

    def show_value(self, value: Any) -> None:
        """Show a value without telling."""
        with self.editor.changed.blocked():
            self.editor.value = value if isinstance(self.editor, CheckBox | ComboBox) else write_value(value)

    def offer(self, names: Sequence[str]) -> None:
        """Offer names to pick from, beside typing them."""
        menu = self.picker.menu()
        assert menu is not None
        menu.clear()
        chosen = [part.strip() for part in str(self.editor.value).split(",")]
        for name in names:
            action = menu.addAction(name, self._pick)
            assert action is not None
            action.setCheckable(True)
            action.setChecked(name in chosen)
        self.picker.setVisible(bool(names))

    def _pick(self) -> None:
        menu = self.picker.menu()
        assert menu is not None
        self.editor.value = ", ".join(action.text() for action in menu.actions() if action.isChecked())

    def mark(self, reason: str) -> None:
        """Say what is wrong; "" where nothing is."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self.editor.native.setStyleSheet(WRONG if reason else self._style)

    def _make_editor(self, value: Any) -> CheckBox | ComboBox | LineEdit:
        if self._kind is bool:
            return CheckBox(value=bool(value), label="", text="")
        if get_origin(self._kind) is Literal:
            editor = ComboBox(choices=get_args(self._kind), value=value)
            editor.native.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            editor.native.wheelEvent = lambda event: event.ignore()  # scrolling the form must not change it
            return editor
        return LineEdit(value=write_value(value))

    def _tell(self, value: Any) -> None:
        if isinstance(self.editor, LineEdit):
            text = str(value).strip()
            if self._many:
                value = tuple(part.strip() for part in text.split(",") if part.strip())
            else:
                value = None if text == "" and _may_be_none(self._kind) else text
        self.edited.emit(self.name, value)


def write_value(value: Any) -> str:
    """Write a value as one types it: "0.4, 1.0", "64", "" for None."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(map(write_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_words(name: str) -> str:
    """Give the label of a setting: "batch size" for "batch_size"."""
    return name.rpartition(".")[2].replace("_", " ")


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _may_be_none(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)
