"""The question before something is lost that was made here and is in no file: a plate map, or names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMessageBox, QWidget

from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session


def may_go(session: Session, parent: QWidget | None) -> bool:
    """Ask whether what is not saved may be lost; true at once where all is saved."""
    if not session.unsaved:
        return True
    box = QMessageBox(parent)
    box.setWindowTitle("Not saved")
    what = " and ".join(session.unsaved)
    verb = "are" if len(session.unsaved) > 1 or what.endswith("s") else "is"
    box.setText(f"The {what} {verb} not saved.")
    box.setInformativeText(" ".join(dict.fromkeys(session.unsaved.values())))
    lose = box.addButton("Go on without saving", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.exec()
    return box.clickedButton() is lose


class UnsavedQuestion(QObject):
    """Stands before the closing of a main window. Ask `ask_before_closing` for it."""

    NAME = "cdcl-unsaved"

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self.setObjectName(self.NAME)
        self._session = session
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the window open if the user says so."""
        if event.type() != QEvent.Type.Close or not is_alive(self) or watched is not self.parent():
            return False
        window = watched if isinstance(watched, QWidget) else None
        if not event.spontaneous() or may_go(self._session, window):
            return False
        event.ignore()
        return True


def ask_before_closing(window: QWidget, session: Session) -> None:
    """Put the question before a window's closing by its user, once."""
    if window.findChild(UnsavedQuestion, UnsavedQuestion.NAME) is None:
        UnsavedQuestion(window, session)
