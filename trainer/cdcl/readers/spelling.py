"""Names that a table spells unlike the disk: Windows and macOS take `A01.TIF` for `a01.tif`, this system may not."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.images.remote import is_remote

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

PATHS = ("path", "path_", "illum_")
"""Columns of paths: all channels, a channel each, and a channel's illumination function."""

_PAGE = re.compile(r"#(?:\d+|max)(?:,(?:\d+|max))*$")


def folded(name: str) -> str:
    """Write a name so that capitals, and letters composed of several signs, make no difference.

    >>> folded("A01_W1.TIF")
    'a01_w1.tif'
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Disk:
    """Folders of the disk, each listed once."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, list[str]]] = {}
        self._places: dict[str, str | None] = {}

    def find(self, path: str) -> str | None:
        """Give a path as the disk spells it; None where there is none.

        Raises
        ------
        ScreenError
            If several are there that differ in capitals only, and none is spelled as asked.
        """
        folder, name = os.path.split(path)
        if not name:
            return path if os.path.isdir(path) else None  # noqa: PTH112, of each folder once
        if folder not in self._places:
            is_there = not folder or os.path.isdir(folder)  # noqa: PTH112
            self._places[folder] = folder if is_there else self.find(folder)
        place = self._places[folder]
        if place is None:
            return None
        alike = self._listed(place).get(folded(name), [])
        if name in alike:
            return os.path.join(place, name)  # noqa: PTH118
        if len(alike) > 1:
            raise ScreenError(
                f"there is no {path}, but {' and '.join(sorted(alike)[:3])} beside each other in {place or '.'}: mend "
                "its capitals in the table."
            )
        return os.path.join(place, alike[0]) if alike else None  # noqa: PTH118

    def _listed(self, folder: str) -> dict[str, list[str]]:
        if folder not in self._names:
            names: dict[str, list[str]] = {}
            try:
                for name in os.listdir(folder or "."):  # noqa: PTH208, there may be millions
                    names.setdefault(folded(name), []).append(name)
            except (OSError, ValueError):
                pass  # what may not be listed is reported as missing
            self._names[folder] = names
        return self._names[folder]


def spelled_paths(sites: pd.DataFrame, folder: Path, notes: list[str]) -> pd.DataFrame:
    """Point paths that differ from a file of the disk in capitals or composed letters to that file, and say so.

    Raises
    ------
    ScreenError
        If several files differ so, and none is spelled as in the table.
    """
    disk, others = Disk(), {}
    for column in [name for name in map(str, sites.columns) if name == PATHS[0] or name.startswith(PATHS[1:])]:
        texts = sites[column].astype(str)
        for text in texts.unique():
            # No disk knows names that hold NUL.
            if text and not set("|\0") & set(text) and text not in others and not is_remote(text):
                others[text] = _found(text, str(folder), disk)
        sites = sites.assign(**{column: texts.map(lambda text: others.get(text, text))})
    changed = {text: other for text, other in others.items() if other != text}
    if changed:
        text, other = next(iter(changed.items()))
        notes.append(
            f"{len(changed)} of {len(others)} file names are spelled with other capitals or signs than on the disk, "
            f"such as {text} for {other}; those of the disk are taken."
        )
    return sites


def _found(text: str, folder: str, disk: Disk) -> str:
    """Give the text with the file as the disk spells it, below `folder` where it is relative."""
    page = "" if (match := _PAGE.search(text)) is None else match[0]
    for name, rest in dict.fromkeys(((text, ""), (text.removesuffix(page), page))):  # a name may end in "#1" itself
        found = disk.find(os.path.join(folder, name))  # noqa: PTH118
        if found is not None:
            is_own = found == os.path.join(folder, name)  # noqa: PTH118
            return text if is_own else (found if os.path.isabs(name) else os.path.relpath(found, folder)) + rest  # noqa: PTH117
    return text
