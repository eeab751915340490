"""Layouts whose files hold a stack each: planes are then pages of the files, and the axes that a file declares hold."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ImageError, ScreenError
from cdcl.images.claims import opened_tiff
from cdcl.images.formats import DECODER_ERRORS
from cdcl.images.references import plane_reference
from cdcl.readers.choosing import MAXIMUM
from cdcl.readers.xml import parse_text
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.readers.choosing import Choice
    from cdcl.readers.planes import Planes

_UNNAMED_CHANNEL = "channel_1"
"""What a layout calls the channel where names tell none."""


PLATES, FILES = 64, 16
"""So many plates, and files beside, are looked at: a header takes a millisecond, from a network ten."""


@dataclass(frozen=True)
class _Stack:
    """The pages of a file: size of each axis before height and width, in the order of the pages, and channel names."""

    sizes: dict[str, int]
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        found = ", ".join(f"{size} {'pages' if axis == '?' else axis}" for axis, size in self.sizes.items())
        return found + (f" ({', '.join(self.names)})" if self.names else "")

    @property
    def pages(self) -> int:
        total = 1
        for size in self.sizes.values():
            total *= size
        return total


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
    if (table["z"] != "").any() or not first.lower().endswith((".tif", ".tiff")):
        return planes, choice
    stack = _read_stack(root / first)
    if stack is None or stack.pages < 2:
        return planes, choice
    planes = planes.noting(_held_alike(table, root, first, stack))
    if "?" not in stack.sizes:
        one_channel = set(table["channel"]) == {_UNNAMED_CHANNEL}
        if stack.sizes.get("C", 1) > 1 and not one_channel:
            return planes, choice  # Names tell a channel and the file tells several: refused when it is read.
        return _expanded(planes, stack, one_channel=one_channel), choice
    if len(choice.channels) == stack.pages:
        named = _Stack({"C": stack.pages}, tuple(choice.channels))
        return _expanded(planes, named, one_channel=True), choice
    return _as_depth(planes, stack.pages, first, choice)


def _held_alike(table: pd.DataFrame, root: Path, first: str, stack: _Stack) -> str:
    """Hold the headers of one file a plate, and of some more, against the first; gives a remark where depths differ."""
    paths = table["path"].astype(str)
    plates = table.drop_duplicates("plate")["path"].astype(str)
    others = dict.fromkeys([*plates.iloc[:PLATES], *paths.sample(min(FILES, len(paths)), random_state=0)])
    remark = ""
    for path in others:
        other = _read_stack(root / path)
        if other is None or path == first or str(other) == str(stack):
            continue  # As text, so that the order of the axes counts too.
        kinds = [tuple(kind) for kind in (other.sizes, stack.sizes)]
        if kinds[0] != kinds[1] or other.sizes.get("C") != stack.sizes.get("C") or other.names != stack.names:
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


def _expanded(planes: Planes, stack: _Stack, *, one_channel: bool) -> Planes:
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


def _read_stack(path: Path) -> _Stack | None:
    """Read the axes of a file from its header; None where it holds no pages to choose from, or is damaged."""
    try:
        with opened_tiff(path) as file:
            series, count = file.series[0], len(file.pages)
            axes, shape = series.axes, series.shape
            names = _ome_names(file.ome_metadata or "", path) if file.is_ome else ()
            if "S" in axes or not axes.endswith("YX") or len(file.series) > 1:
                return None
            sizes = {axis: int(size) for axis, size in zip(axes[:-2], shape[:-2], strict=True)}
            # A header that describes other files too counts their pages as its own.
            if count != _Stack(sizes).pages:
                return _Stack({"?": count}) if set(sizes) <= set("ZQI") else None
    except ImageError as error:
        raise ScreenError(str(error)) from error
    except DECODER_ERRORS:
        return None
    if set(sizes) & set("QI"):
        return _Stack({"?": count})
    if not set(sizes) <= set("ZCT"):
        return None
    return _Stack(sizes, names if len(names) == sizes.get("C", 1) else ())


def _ome_names(text: str, path: Path) -> tuple[str, ...]:
    """Give the names of the channels in OME-XML, where they are all there and different."""
    try:
        image = parse_text(text, path).find("Image")
    except ScreenError:
        return ()
    pixels = image.find("Pixels") if image else None
    names = [
        channel.attributes.get("Name", "").replace(";", ",") for channel in (pixels.all("Channel") if pixels else [])
    ]
    return tuple(names) if all(names) and len(set(names)) == len(names) else ()
