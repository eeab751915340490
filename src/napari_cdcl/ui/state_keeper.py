"""Keeps what the window looks like with the run that is open, a moment after the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QCoreApplication, QObject, QTimer

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.processes.qt_ownership import delete_with

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session

DELAY = 1000
"""Milliseconds after the last change."""


class Keeper(QObject):
    """Saves the session's state into its run. Ask `keeper_of` for a viewer's."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._refused = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.save)
        for name in ("row", "items", "points", "colour", "selection", "saved", "luts", "scope"):
            getattr(session, f"{name}_changed").connect(self.note)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.save)

    def save(self) -> None:
        """Save now, if a run is open; a folder that cannot be written is complained of once."""
        self._timer.stop()
        try:
            actions.save_state(self._session)
        except CDCLError as error:
            if not self._refused:
                self._session.told.emit(f"The look of the window is not kept: {error}")
            self._refused = True

    def note(self, _changed: Any = None) -> None:
        """Save in a moment."""
        if self._session.run is not None:
            self._timer.start()


_KEEPERS: WeakKeyDictionary[Any, Keeper] = WeakKeyDictionary()


def keeper_of(viewer: Any) -> Keeper:
    """Give the keeper of a viewer, made with the first panel that asks."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _KEEPERS:
        keeper = _KEEPERS[viewer] = Keeper(session_of(viewer))
        delete_with(viewer, keeper)
    return _KEEPERS[viewer]
