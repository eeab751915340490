"""Layouts whose files hold a stack each: planes are then pages of the files, and the axes that a file declares hold."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ImageError, ScreenError
from cdcl.images.pages import FILE_PAGES, SUFFIXES, Pages, read_pages
from cdcl.images.references import plane_reference
from cdcl.readers.choosing import MAXIMUM
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.choosing import Choice
    from cdcl.readers.planes import Planes

_UNNAMED_CHANNEL = "channel_1"
"""What a layout calls the channel where names tell none."""


PLATES, FILES = 64, 16
"""So many plates, and files beside, are looked at: a header takes a millisecond, from a network ten."""


def open_stacks(planes: Planes, root: Path, choice: Choice) -> tuple[Planes, Choice]:
    """Name the pages of each file where the first file holds several: C is C, Z is Z, T is T.

    Where the file does not say what its pages are, they are taken for z planes, or for channels where `choice` names
    as many. Only the headers of that file, of one a plate and of some others are read, and held against each other.
    Gives the planes, and what is left to choose.

    Raises
    ------
    ScreenError
        If the chosen plane is not there, or files declare different channels or another order of axes.
    """
    table = planes.table
    first = str(table["path"].iat[0])
    if (table["z"] != "").any() or not first.lower().endswith(SUFFIXES):
        return planes, choice
    stack = _read(root / first)
    if stack is None or stack.count < 2:
        return planes, choice
    named = "?" in stack.sizes and len(choice.channels) == stack.count
    stack = replace(stack, names=tuple(choice.channels)) if named else stack
    planes = planes.noting(_held_alike(table, root, first, stack))
    # Those that were not looked at are held against this when they are decoded.
    planes = replace(planes, table=planes.table.assign(**{FILE_PAGES: stack.text()}))
    if named:
        stack = Pages({"C": stack.count}, stack.names)
    if "?" in stack.sizes:
        return _as_depth(planes, stack.count, first, choice)
    one_channel = named or set(table["channel"]) == {_UNNAMED_CHANNEL}
    if stack.sizes.get("C", 1) > 1 and not one_channel:
        return planes, choice  # Names tell a channel and the file tells several: refused when it is read.
    return _expanded(planes, stack, one_channel=one_channel), choice


def _held_alike(table: pd.DataFrame, root: Path, first: str, stack: Pages) -> str:
    """Hold the headers of one file a plate, and of some more, against the first; gives a remark where depths differ."""
    paths = table["path"].astype(str)
    plates = table.drop_duplicates("plate")["path"].astype(str)
    others = dict.fromkeys([*plates.iloc[:PLATES], *paths.sample(min(FILES, len(paths)), random_state=0)])
    remark = ""
    for path in others:
        other = _read(root / path)
        if other is None or path == first or str(other) == str(stack):
            continue  # As text, so that the order of the axes counts too.
        if stack.contradicts(other):
            raise ScreenError(f"{first} holds {stack}, {path} holds {other}, as they declare: scan them apart.")
        remark = f"files declare different depths: {first} {stack}, {path} {other}; planes are counted by the former."
    return remark


def _as_depth(planes: Planes, count: int, first: str, choice: Choice) -> tuple[Planes, Choice]:
    """Take pages that have no names for z planes, and say so."""
    wanted = choice.z or MAXIMUM
    if wanted != MAXIMUM and not (wanted.isdecimal() and int(wanted) < count):
        raise ScreenError(f"there is no z {wanted}; {first} holds the planes 0 to {count - 1}, and max.")
    index = None if wanted == MAXIMUM else int(wanted)
    paths = [plane_reference(str(path), index) for path in planes.table["path"]]
    note = (
        f"each file holds {count} planes; the maximum is taken, {option('z')} 0 to {count - 1} takes one. "
        "The files do not say "
        f"whether they are z planes: if they are channels, name them all with {option('channels')}."
        if not choice.z
        else ""
    )
    return replace(planes, table=planes.table.assign(path=paths)).noting(note), replace(choice, z="")


def _expanded(planes: Planes, stack: Pages, *, one_channel: bool) -> Planes:
    """Give a row for each page of each file, with its channel, z and t."""
    table, axes = planes.table, list(stack.sizes)
    names = stack.names or tuple(f"channel_{number}" for number in range(1, stack.sizes.get("C", 1) + 1))
    parts = []
    for page, place in enumerate(itertools.product(*map(range, stack.sizes.values()))):
        at = dict(zip(axes, place, strict=True))
        told = {axis.lower(): str(at[axis]) for axis in "ZT" if stack.sizes.get(axis, 1) > 1}
        if one_channel and stack.sizes.get("C", 1) > 1:
            told["channel"] = names[at["C"]]
        paths = [plane_reference(str(path), page) for path in table["path"]]
        parts.append(table.assign(path=paths, **told))
    joined = pd.concat(parts, ignore_index=True)
    found = ", ".join(f"{size} {axis}" for axis, size in stack.sizes.items() if size > 1)
    noted = replace(planes, table=joined, channels=names if one_channel else planes.channels)
    return noted.noting(f"each file holds {found}, as it declares.")


def _read(path: Path) -> Pages | None:
    try:
        return read_pages(path)
    except ImageError as error:
        raise ScreenError(str(error)) from error
