"""The button “Saved ▾”: selections with names, to be selected again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QInputDialog, QMenu, QPushButton, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_cdcl.models.session import Session

USES: dict[actions.Mode, str] = {
    "replace": "Select",
    "add": "Add to the selection",
    "intersect": "Select what both share",
    "subtract": "Take away from the selection",
}


class SavedMenu(QPushButton):
    """Gives the selection a name, and lists those that have one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self._menu = QMenu(self)
        self._dress()
        self._links.add(session.saved_changed, self._offer)
        self._links.add(session.items_changed, self._offer)
        self._links.add(session.selection_changed, self._offer)
        self._offer()

    def _dress(self) -> None:
        self.setText("Saved ▾")
        self.setToolTip("Give this selection a name, or use one that has a name again.")
        self.setStyleSheet("QPushButton::menu-indicator { image: none; width: 0; } QPushButton { padding: 3px 8px; }")
        self.setMenu(self._menu)

    def _offer(self, _changed: Any = None) -> None:
        session, menu = self._session, self._menu
        self.setEnabled(session.items is not None)
        menu.clear()
        keep = QAction("Save this selection as …", menu)
        keep.triggered.connect(self.ask_name)
        keep.setEnabled(bool(session.selection.any()))
        menu.addAction(keep)
        menu.addSeparator()
        for name, mask in session.saved.items():
            entry = QMenu(f"{name.replace('&', '&&')} ({int(mask.sum()):,})", menu)
            menu.addMenu(entry)
            for use, title in USES.items():
                entry.addAction(title, partial(self._try, partial(actions.use_saved, session, name, use)))
            entry.addSeparator()
            entry.addAction("Forget", partial(actions.forget_saved, session, name))

    def ask_name(self) -> None:
        """Ask for a name, and save the selection under it."""
        name, well = QInputDialog.getText(self, "Save the selection", "Name:")
        if well:
            self._try(partial(actions.save_selection, self._session, name))

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except CDCLError as error:
            self._session.told.emit(words_of(error))
