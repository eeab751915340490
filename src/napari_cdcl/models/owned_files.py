"""Where the window may write: beside the data, and never over a file that it has not made itself. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import DiskError

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session


def check_own(session: Session, path: Path) -> None:
    """Refuse to replace what was not written from this window.

    Raises
    ------
    DiskError
        If there is such a file.
    """
    if path.exists() and path.resolve() not in session.written:
        raise DiskError(f"{path.name} exists already in {path.parent}; choose another name, nothing is written over.")


def note_own(session: Session, path: Path) -> None:
    """Remember that this window has written a file: it may replace it."""
    session.written.add(path.resolve())


def folder_beside(screen: Screen) -> Path:
    """Give the folder in which files about a screen lie: where its paths start, or beside its OME-Zarr."""
    return screen.folder.parent if screen.folder.suffix.lower() == ".zarr" else screen.folder


def free_path(folder: Path, name: str) -> Path:
    """Propose a name in a folder that is not taken: "platemap.csv", else "platemap-2.csv", ..."""
    stem, dot, suffix = name.partition(".")
    number, path = 1, folder / name
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{dot}{suffix}"
    return path
