"""The question before something is lost that was made here and is in no file: a plate map, or names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QMessageBox, QWidget

from napari_cdcl.ui.links import Links, is_alive

if TYPE_CHECKING:
    from napari_cdcl.actions import Opened
    from napari_cdcl.layers.field import FieldLayers
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
    """Stands before the closing of a main window, and before what napari's own menu opens. Ask `guard_unsaved` for it.

    Three ways lead out: the window's cross (an event of the system's own), napari's menu (a call of `close` that wants
    to be confirmed) and layers that napari has opened. A script that closes the window is not asked.
    """

    NAME = "cdcl-unsaved"

    def __init__(self, window: QWidget, session: Session, fields: FieldLayers) -> None:
        super().__init__(window)
        self.setObjectName(self.NAME)
        self._session = session
        self._fields_ref = ref(fields)
        self._links = Links()
        self._links.add(session.replacing, self._on_replacing)
        window.installEventFilter(self)
        _confirm_in_menu(window, session)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the window open if the user says so."""
        if event.type() != QEvent.Type.Close or not is_alive(self) or watched is not self.parent():
            return False
        window = watched if isinstance(watched, QWidget) else None
        if not event.spontaneous() or may_go(self._session, window):
            return False
        event.ignore()
        return True

    def _on_replacing(self, opened: Opened) -> None:
        """Ask once napari has added all its layers: a question among its events would find them half done."""
        QTimer.singleShot(0, partial(self._ask_before_replacing, opened))

    def _ask_before_replacing(self, opened: Opened) -> None:
        fields = self._fields_ref()
        if fields is None or not is_alive(self):
            return
        window = self.parent()
        fields.settle(opened, goes=may_go(self._session, window if isinstance(window, QWidget) else None))


def _confirm_in_menu(window: QWidget, session: Session) -> None:
    """Ask in *File > Close Window* and *Exit*, too: they call the window's `close` with `confirm_need`."""
    weak, session_ref = ref(window), ref(session)

    def close(*arguments: Any, **settings: Any) -> Any:
        window, session = weak(), session_ref()
        asked = settings.get("confirm_need") and session is not None
        if window is None or (asked and session is not None and not may_go(session, window)):
            return None
        return type(window).close(window, *arguments, **settings)

    window.close = close  # type: ignore[method-assign]


def guard_unsaved(window: QWidget, session: Session, fields: FieldLayers) -> None:
    """Put the question before a window's closing by its user, once."""
    if window.findChild(UnsavedQuestion, UnsavedQuestion.NAME) is None:
        UnsavedQuestion(window, session, fields)
