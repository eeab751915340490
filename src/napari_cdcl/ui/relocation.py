"""Asks where images are that are not where their table says; once, for the answer is kept.

A run's own table then says it. The table of a screen is its owner's, and stays as it is: which folder stands for which
is kept in the settings of this user.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtWidgets import QApplication, QWidget

from cdcl.errors import CDCLError
from napari_cdcl import actions
from napari_cdcl.models.messages import Message, Offer
from napari_cdcl.models.session import session_of
from napari_cdcl.models.window_words import words_of
from napari_cdcl.qt_settings import read_setting, write_setting
from napari_cdcl.ui.file_dialogs import ask_folder

if TYPE_CHECKING:
    from napari_cdcl.actions import Opened
    from napari_cdcl.models.session import Session

MOVED = "moved"
"""Under which the settings keep which folder (old) has become which (new)."""
MOST = 50
"""So many are kept, the newest."""


class Relocation:
    """Answers `Session.images_lost` for one viewer. Ask `relocation_of` for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.images_lost.connect(self.tell)

    def tell(self, opened: Opened) -> None:
        """Take the images from where they were found before; else say that they are missing, and offer to ask."""
        known = _moved().get(str(opened.lost))
        if known and Path(known).is_dir() and self._take(opened, Path(known)) is None:
            self._session.told.emit(f"The images of {_name_of(opened)} are taken from {known}, as you said before.")
            return
        line = f"The images of {_name_of(opened)} are not in {opened.lost} any more: all fields are black."
        tip = "Choose the folder that holds them now; it is kept, and you are not asked again."
        self._session.told.emit(Message(line, Offer("Where are they now?…", partial(self.ask, opened), tip)))

    def ask(self, opened: Opened) -> None:
        """Ask for the folder."""
        folder = ask_folder(QApplication.activeWindow() or QWidget(), "Where the images are now")
        if folder:
            self.take(opened, folder)

    def take(self, opened: Opened, folder: Path) -> None:
        """Take the images from a folder, and open the screen or run again."""
        error = self._take(opened, folder)
        if error is not None:
            line, again = words_of(error), partial(self.ask, opened)
            self._session.told.emit(Message(line, Offer("Another folder…", again, "Choose another folder.")))
            return
        kept = {old: new for old, new in _moved().items() if old != str(opened.lost)}
        write_setting(MOVED, dict([*kept.items(), (str(opened.lost), str(folder))][-MOST:]))

    def _take(self, opened: Opened, folder: Path) -> CDCLError | None:
        """Show it with the images of a folder; gives what is wrong with that."""
        try:
            if opened.run is not None:
                actions.relocate(opened.run, opened.screen, folder)
                found = actions.read_source(opened.run.folder)
            else:
                moved = actions.with_images_in(opened.screen, folder, opened.screen.folder.name)
                found = replace(opened, screen=moved, lost=None)
        except CDCLError as error:
            return error
        if found.lost is not None:
            return CDCLError(f"{folder} holds only some of the images; choose another.")
        actions.show_opened(self._session, found)
        return None


def _moved() -> dict[str, str]:
    kept = read_setting(MOVED, {})
    return {str(old): str(new) for old, new in kept.items()} if isinstance(kept, dict) else {}


def _name_of(opened: Opened) -> str:
    if opened.run is not None:
        return f"run “{opened.run.folder.name}”"
    return f"“{opened.screen.folder.resolve().name}”"


_RELOCATIONS: WeakKeyDictionary[Any, Relocation] = WeakKeyDictionary()


def relocation_of(viewer: Any) -> Relocation:
    """Give what asks for a viewer, made with the first panel."""
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _RELOCATIONS:
        _RELOCATIONS[viewer] = Relocation(session_of(viewer))
    return _RELOCATIONS[viewer]
