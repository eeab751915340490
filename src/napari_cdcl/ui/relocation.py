"""Asks where the images of a run are that are not where its table says; once, for the table then says it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtWidgets import QApplication, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.session import session_of
from napari_cdcl.ui.file_dialogs import ask_folder

if TYPE_CHECKING:
    from pathlib import Path

    from napari_cdcl.actions import Opened
    from napari_cdcl.models.session import Session


class Relocation:
    """Answers `Session.images_lost` for one viewer. Ask `relocation_of` for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.images_lost.connect(self.tell)

    def tell(self, opened: Opened) -> None:
        """Say that images are missing, and offer to show where they are now."""
        assert opened.run is not None
        line = f"The images of run “{opened.run.folder.name}” are not in {opened.lost} any more: all fields are black."
        tip = "Choose the folder that holds them now; the run's table then says so, and you are not asked again."
        self._session.told.emit(Message(line, Offer("Where are they now?…", partial(self.ask, opened), tip)))

    def ask(self, opened: Opened) -> None:
        """Ask for the folder."""
        folder = ask_folder(QApplication.activeWindow() or QWidget(), "Where the images are now")
        if folder:
            self.take(opened, folder)

    def take(self, opened: Opened, folder: Path) -> None:
        """Take the images from a folder, and open the run again."""
        assert opened.run is not None
        try:
            actions.relocate(opened.run, opened.screen, folder)
            found = actions.read_source(opened.run.folder)
        except CDCLError as error:
            line, again = str(error), partial(self.ask, opened)
            self._session.told.emit(Message(line, Offer("Another folder…", again, "Choose another folder.")))
            return
        actions.show_opened(self._session, found)


_RELOCATIONS: WeakKeyDictionary[Any, Relocation] = WeakKeyDictionary()


def relocation_of(viewer: Any) -> Relocation:
    """Give what asks for a viewer, made with the first panel."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _RELOCATIONS:
        _RELOCATIONS[viewer] = Relocation(session_of(viewer))
    return _RELOCATIONS[viewer]
