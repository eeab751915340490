"""A screen or run whose images have moved: noticed when it is opened, mended by showing where they are now."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ScreenError
from cdcl.images.references import parse_reference
from cdcl.images.remote import is_remote
from cdcl.readers import read_screen
from cdcl.readers.remapping import remapped
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from cdcl.runs import Run
    from cdcl.screen import Screen

TRIED = 12
"""Fields whose files are looked for, spread over the screen: where none is there, the screen has moved."""


def lost_folder(screen: Screen) -> Path | None:
    """Give the folder that a screen's images were in, if none of those that are tried is there any more.

    It may run in any thread.
    """
    files = _some_files(screen)
    if not files or any(path.exists() for path in files):
        return None
    return Path(os.path.commonpath([path.parent for path in files]))


def relocate(run: Run, screen: Screen, folder: Path) -> Screen:
    """Find a run's images in another folder, and write into its table where they are now.

    Raises
    ------
    ScreenError
        If the images are not there.
    """
    write_screen(with_images_in(screen, folder, run.folder.name), run.screen)
    return read_screen(run.screen)


def with_images_in(screen: Screen, folder: Path, name: str) -> Screen:
    """Give a screen whose images are in another folder; its table stays as it is.

    Any folder above or below the one that moved will do: what follows it in the old paths is looked for in the new one.

    Parameters
    ----------
    name
        What the screen or run is called, for the error.

    Raises
    ------
    ScreenError
        If the images are not there.
    """
    old = _prefix(_some_files(screen), folder)
    if old is None:
        names = ", ".join(path.name for path in _some_files(screen)[:2])
        raise ScreenError(f"{folder} does not hold the images of {name}, such as {names}; choose another.")
    table = screen.sites.copy()
    for name, references in zip(screen.path_columns, zip(*screen.image_references(), strict=True), strict=True):
        table[name] = references
    moved = remapped([table], [(str(old), str(folder.absolute()))])[0]
    return replace(screen, sites=moved)


def _some_files(screen: Screen) -> list[Path]:
    """Give the local files of some fields, absolute."""
    if screen.path_columns[0] not in screen.sites:
        return []  # it is in memory
    rows = np.unique(np.linspace(0, len(screen) - 1, min(TRIED, len(screen))).astype(int)).tolist()
    references = [one for row in screen.take(rows).image_references() for one in row if not is_remote(one)]
    return [Path(parse_reference(reference)[0].file) for reference in references]


def _prefix(files: list[Path], folder: Path) -> Path | None:
    """Give what of the old paths the new folder stands for; the longest rest that is found there."""
    for path in files:
        for parent in reversed(path.parents):
            if (folder / path.relative_to(parent)).exists():
                return parent
    return None
