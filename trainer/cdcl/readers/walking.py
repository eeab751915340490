"""What lies below a folder: one bounded walk that every layout looks at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

IMAGE_SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".npy", ".bmp")
"""Files that may hold pixels."""

MAX_FILES = 10_000_000
"""Far more than one screen has; the folder that holds them is a wrong one, such as a whole disk."""
MAX_DEPTH = 24
"""Far deeper than any layout that is read here; folders that go on lead in a circle."""

_ARRAY_FILES = frozenset({".zarray", ".zattrs", ".zgroup", "zarr.json"})


@dataclass(frozen=True)
class Tree:
    """The files below a folder, as paths relative to it, "/" between folders, in order.

    Attributes
    ----------
    arrays
        Folders of zarr arrays and groups, "" for the root itself; nothing below them is in `files`.
    notes
        What the walk had to leave out.
    """

    root: Path
    files: tuple[str, ...]
    arrays: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The files that may hold pixels."""
        return tuple(file for file in self.files if file.lower().endswith(IMAGE_SUFFIXES))

    @cached_property
    def known(self) -> frozenset[str]:
        """The files as a set."""
        return frozenset(self.files)

    def named(self, *names: str) -> list[str]:
        """Give the files of these names, in lower case."""
        return [file for file in self.files if file.rpartition("/")[2].lower() in names]

    def ending(self, *suffixes: str) -> list[str]:
        """Give the files whose names end so, in lower case."""
        return [file for file in self.files if file.lower().endswith(suffixes)]


def walk(root: Path, *, max_files: int = MAX_FILES, max_depth: int = MAX_DEPTH) -> Tree:
    """List what lies below `root`; links that lead back are not followed, hidden files are left out.

    Parameters
    ----------
    root
        The folder.
    max_files
        More than these are refused: then the folder is probably not the screen's.
    max_depth
        Folders deeper below are left out, which a note says.

    Returns
    -------
    Tree
        Paths relative to `root`, in order.

    Raises
    ------
    ScreenError
        If there is no such folder, it may not be read, or it holds more than `max_files`.
    """
    walking = _Walk(root, max_files, max_depth)
    walking.enter()
    return Tree(root, tuple(sorted(walking.files)), tuple(sorted(walking.arrays)), tuple(walking.notes()))


def _identities(folders: Iterable[Path]) -> frozenset[tuple[int, int]]:
    """Give what tells folders apart; a link to the root of the disk would lead through all of it."""
    statuses = [folder.stat() for folder in folders if os.access(folder, os.F_OK)]
    return frozenset((status.st_dev, status.st_ino) for status in statuses if status.st_ino)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # A link to itself, or to a disk that is gone.


class _Walk:
    """Folders still to be read, and what was found so far."""

    def __init__(self, root: Path, max_files: int, max_depth: int) -> None:
        self.root, self.max_files, self.max_depth = root, max_files, max_depth
        self.files: list[str] = []
        self.arrays: list[str] = []
        self.left_out: dict[str, list[str]] = {}
        self._seen: set[tuple[int, int]] = set()
        self._above = _identities(root.resolve().parents)
        self._waiting: list[tuple[str, int]] = [("", 0)]

    def enter(self) -> None:
        while self._waiting:
            folder, depth = self._waiting.pop()
            path = os.path.join(self.root, folder)  # noqa: PTH118, there may be hundreds of thousands
            try:
                status = os.stat(path)  # noqa: PTH116
                own = (status.st_dev, status.st_ino)
                if own in self._above and folder:
                    self.left_out.setdefault("folders are links to a folder that holds this one", []).append(folder)
                    continue
                if own in self._seen and status.st_ino:
                    self.left_out.setdefault("folders are links to others of this screen", []).append(folder)
                    continue
                self._seen.add(own)
                with os.scandir(path) as entries:
                    self._read(folder, depth, entries)
            except OSError as error:
                self._refuse(folder, error)

    def notes(self) -> Iterable[str]:
        for what, names in self.left_out.items():
            yield f"{len(names)} {what} and left out, such as {names[0]}."

    def _read(self, folder: str, depth: int, entries: Iterable[os.DirEntry[str]]) -> None:
        files, folders = [], []
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name in _ARRAY_FILES:
                self.arrays.append(folder)
                return
            if entry.name.startswith("."):
                continue
            if not entry.name.isprintable():
                self.left_out.setdefault("names hold characters that cannot be written", []).append(ascii(name))
            elif _is_folder(entry):
                folders.append((name, depth + 1))
            else:
                files.append(name)
        self.files += files
        self._check_count()
        if depth < self.max_depth:
            self._waiting += folders
        elif folders:
            self.left_out.setdefault(f"folders are more than {self.max_depth} deep", []).append(folders[0][0])

    def _check_count(self) -> None:
        if len(self.files) > self.max_files:
            raise ScreenError(
                f"{self.root} holds more than {self.max_files} files; point at a folder of fewer, or a table of them."
            )

    def _refuse(self, folder: str, error: OSError) -> None:
        if folder == "":
            reason = (error.strerror or type(error).__name__).lower()
            raise ScreenError(f"{self.root} cannot be listed ({reason}).") from error
        self.left_out.setdefault("folders cannot be read", []).append(folder)
