"""Layouts whose files hold a stack each: planes are then pages of the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import tifffile

from cdcl.errors import ScreenError
from cdcl.images.formats import DECODER_ERRORS
from cdcl.images.references import plane_reference
from cdcl.readers.choosing import MAXIMUM

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.choosing import Choice
    from cdcl.readers.planes import Planes

_DEPTH_AXES = frozenset("ZQIYX")
"""Axes of a file whose pages are planes of one channel; Q and I are tifffile's for pages that nobody named."""


def open_stacks(planes: Planes, root: Path, choice: Choice) -> tuple[Planes, Choice]:
    """Name the chosen page, or the maximum of all, where names tell no z and the first file holds a stack.

    Only the header of that one file is read. Gives the planes, and what is left to choose.

    Raises
    ------
    ScreenError
        If the chosen plane is not there.
    """
    table = planes.table
    first = str(table["path"].iat[0])
    if (table["z"] != "").any() or not first.lower().endswith((".tif", ".tiff")):
        return planes, choice
    count = _count_planes(root / first)
    if count < 2:
        return planes, choice
    wanted = choice.z or MAXIMUM
    if wanted != MAXIMUM and not (wanted.isdecimal() and int(wanted) < count):
        raise ScreenError(f"there is no z {wanted}; {first} holds the planes 0 to {count - 1}, and max.")
    index = None if wanted == MAXIMUM else int(wanted)
    paths = [plane_reference(str(path), index) for path in table["path"]]
    note = (
        f"each file holds {count} planes; the maximum is taken, --z 0 to {count - 1} takes one." if not choice.z else ""
    )
    return replace(planes, table=table.assign(path=paths)).noting(note), replace(choice, z="")


def _count_planes(path: Path) -> int:
    """Count the pages of a file, where they are planes of one channel; 0 where they are not, or it is damaged."""
    try:
        with tifffile.TiffFile(path, is_ome=False) as file:
            return len(file.pages) if set(file.series[0].axes) <= _DEPTH_AXES else 0
    except DECODER_ERRORS:
        return 0
