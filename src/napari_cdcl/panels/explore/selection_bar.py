"""Buttons for what can be done with a selection."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget, QWidgetAction
from superqt import QFlowLayout

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.panels.explore.saved_menu import SavedMenu
from napari_cdcl.processes.background import BackgroundWorker
from napari_cdcl.ui.inputs import WholeNumber
from napari_cdcl.ui.links import Links
from napari_cdcl.ui.wrapping import WrappedRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_cdcl.models.session import Session

SAME = ("treatment", "compound", "mechanism", "concentration", "control", "batch", "plate", "well", "annotation")
"""Columns by which the selection grows."""


class SelectionBar(WrappedRows):
    """Grows, inverts, keeps aside a selection, and finds what is like it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.worker = BackgroundWorker(self)
        self._elsewhere = ""
        self._make_controls()
        self._links.add(session.items_changed, self._on_items)
        self._links.add(session.items_extended, self._offer)
        self._offer()

    def _make_controls(self) -> None:
        layout = QFlowLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        session = self._session
        self.same = _button("Same ▾", "Select all that share a value with what is selected, or with the field shown.")
        self._values = QMenu(self.same)
        self.same.setMenu(self._values)
        self.inverter = _button("Invert", "Select what is not selected.", lambda: actions.invert(session))
        self.field = _button("This field", "Select the cells, or the profile, of the field on display.")
        self.field.clicked.connect(lambda: actions.select_field(session))
        self.picker = _button("Pick in image", "Select by clicking: cells, or the field, in the viewer.")
        self.picker.setCheckable(True)
        self.similar = _button("Find similar", "Find the profiles most like the selection, or like the field shown.")
        self.similar_how = _button("▾", "Where to look for similar profiles, and for how many.")
        self.similar_how.setFixedWidth(24)
        self.similar_how.setMenu(self._similar_menu())
        self.similar.clicked.connect(self.find_similar)
        self.aside = _button("Set aside", "Keep this selection to compare the next one with it.")
        self.aside.clicked.connect(self._set_aside)
        self.saved = SavedMenu(session)
        for button in (self.same, self.inverter, self.field, self.picker, self.similar, self.similar_how, self.aside):
            layout.addWidget(button)
        layout.addWidget(self.saved)

    def _similar_menu(self) -> QMenu:
        menu = QMenu(self.similar_how)
        group = QActionGroup(menu)
        for key, title in actions.ELSEWHERE.items():
            action = QAction(title, menu)
            action.triggered.connect(partial(self.set_elsewhere, key))
            menu.addAction(action)
            action.setCheckable(True)
            action.setChecked(key == self._elsewhere)
            action.setData(key)
            group.addAction(action)
        self._elsewhere_group = group
        menu.addSeparator()
        self.num = WholeNumber()
        self.num.setRange(1, 10_000)
        self.num.setValue(100)
        self.num.setToolTip("How many are looked for.")
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.addWidget(QLabel("how many"))
        layout.addWidget(self.num)
        held = QWidgetAction(menu)
        held.setDefaultWidget(row)
        menu.addAction(held)
        return menu

    def set_elsewhere(self, key: str, _checked: object = None) -> None:
        """Choose where similar items may not be: a key of `actions.ELSEWHERE`."""
        self._elsewhere = key
        for action in self._elsewhere_group.actions():
            action.setChecked(action.data() == key)
        where = actions.ELSEWHERE[key] if key else ""
        self.similar.setText(f"Find similar, {where}" if where else "Find similar")

    def find_similar(self) -> None:
        """Search in a thread, then select what is found."""
        try:
            question = actions.ask_similar(self._session, self.num.value(), self._elsewhere)
        except CDCLError as error:
            self._session.told.emit(words_of(error))
            return
        self.worker.forget()
        self.worker.run(question.answer, partial(actions.show_similar, self._session, question), self._complain)

    def _on_items(self, _items: Any = None) -> None:
        """What is looked for among other items is not wanted any more."""
        self.worker.forget()
        self._offer()

    def _offer(self, _items: Any = None) -> None:
        items, menu = self._session.items, self._values
        menu.clear()
        for name in SAME:
            if items is not None and name in items.table:
                menu.addAction(name, partial(self.select_same, name))
        can_search = items is not None and items.values is not None
        self.similar.setEnabled(can_search)
        for button in (self.same, self.inverter, self.field, self.picker, self.aside):
            button.setEnabled(items is not None)

    def select_same(self, column: str) -> None:
        """Select all that share a value of a column with what is selected."""
        try:
            actions.select_same(self._session, column)
        except CDCLError as error:
            self._session.told.emit(words_of(error))

    def _set_aside(self) -> None:
        actions.set_aside(self._session)
        count = int(self._session.selection.sum())
        said = f"{count:,} set aside: select others to compare them." if count else "Nothing is set aside any more."
        self._session.told.emit(said)

    def _complain(self, error: Exception) -> None:
        self._session.told.emit(words_of(error))


def _button(text: str, tip: str, act: Callable[[], object] | None = None) -> QPushButton:
    button = QPushButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setStyleSheet("QPushButton::menu-indicator { image: none; width: 0; } QPushButton { padding: 3px 8px; }")
    if act is not None:
        button.clicked.connect(act)
    return button
