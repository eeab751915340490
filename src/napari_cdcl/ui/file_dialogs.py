"""Asking for files and folders; each question begins where it was answered last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog

from napari_cdcl.qt_settings import read_setting, write_setting

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

LAST = "folders/last"
"""Where a question begins that was never asked before."""


def ask_folder(parent: QWidget, title: str, start: str = "") -> Path | None:
    """Ask for a folder there is, beginning at `start`, else where this question was answered last."""
    return _kept(title, QFileDialog.getExistingDirectory(parent, title, start or _begin(title)), folder=True)


def ask_file(parent: QWidget, title: str, kinds: str, start: str = "") -> Path | None:
    """Ask for a file there is."""
    return _kept(title, QFileDialog.getOpenFileName(parent, title, start or _begin(title), kinds)[0])


def ask_new_file(parent: QWidget, title: str, proposed: str, kinds: str = "") -> Path | None:
    """Ask where a file is to be written.

    Parameters
    ----------
    proposed
        A path, or a name, which is proposed in the folder of the last answer.
    """
    start = proposed if Path(proposed).parent.name else str(Path(_begin(title)) / proposed)
    return _kept(title, QFileDialog.getSaveFileName(parent, title, start, kinds)[0])


def _begin(title: str) -> str:
    """Give the folder in which a question was answered last, if it is there still."""
    for key in (f"folders/{title}", LAST):
        folder = str(read_setting(key, "") or "")
        if folder and Path(folder).is_dir():
            return folder
    return ""


def _kept(title: str, answer: str, *, folder: bool = False) -> Path | None:
    if not answer:
        return None
    path = Path(answer)
    for key in (f"folders/{title}", LAST):
        # A folder of runs or screens is one of several: the next one lies beside it.
        write_setting(key, str(path.parent if not folder or path.parent.name else path))
    return path
