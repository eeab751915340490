"""Two buttons that take back what has changed the table, and do it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QPushButton

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

    from napari_cdcl.models.session import Session


class UndoButtons(QObject):
    """They can be seen where there is something to take back or to do again."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._links = Links()
        self.back, self.again = QPushButton("Undo", parent), QPushButton("Redo", parent)
        self.back.clicked.connect(lambda: self._do(actions.undo_table))
        self.again.clicked.connect(lambda: self._do(actions.redo_table))
        for signal in (session.items_changed, session.items_extended, session.screen_relabelled):
            self._links.add(signal, self._show)
        self._show()

    def _do(self, act: Callable[[Session], None]) -> None:
        try:
            act(self._session)
        except CDCLError as error:
            self._session.told.emit(words_of(error))
        self._show()

    def _show(self, _changed: Any = None) -> None:
        history = self._session.table_history
        for button, change, done, key in (
            (self.back, history.last, "Undo", "U"),
            (self.again, history.next, "Redo", "Shift+U"),
        ):
            button.setVisible(change is not None)
            title = "" if change is None else change.title
            button.setText(f"{done} {title}" if len(title) <= 12 else f"{done} {title[:11]}…")
            what = "Take back" if done == "Undo" else "Do again"
            button.setToolTip(f"{what} the last change of the table: {title or 'there is none'} ({key}).")
