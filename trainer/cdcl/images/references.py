"""Where a plane lies: a file, one of the planes within a file or an array, or the maximum of several of them.

A reference is text, and stands in the path columns of a screen like any path:

    images/a.tif                 a file
    images/stack.tif#3           page 3 of a TIFF file, counted from 0; "#max" is the maximum of all its pages
    P1.zarr/B/07/0/0#0,2,max     an array: the first along its first axis, the third along the second, the maximum
                                 along the third; height and width are left
    z1/a.tif|../z2/a.tif         the maximum of two planes; the second path starts at the folder of the first
    a.ome.tif#0|#5               the maximum of two pages of one file

What a fill of the cache decodes is named by references, so that two planes of one file are never mixed up.
"""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_INDEX = re.compile(r"#((?:\d+|max)(?:,(?:\d+|max))*)$")


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane of an image file.

    Attributes
    ----------
    file
        A file or array.
    index
        Places on the leading axes of what it holds; None takes the maximum over that axis.
    """

    file: str
    index: tuple[int | None, ...]


def parse_reference(reference: str) -> tuple[Plane, ...]:
    """Give the planes whose maximum `reference` names; mostly there is one.

    >>> parse_reference("z1/a.tif#0|#3")
    (Plane(file='z1/a.tif', index=(0,)), Plane(file='z1/a.tif', index=(3,)))
    """
    first, *others = reference.split("|")
    planes = [_parse_plane(first)]
    folder = os.path.dirname(planes[0].file)  # noqa: PTH120, there may be millions
    for other in map(_parse_plane, others):
        # The plain text is joined: a path object would rewrite what the user wrote.
        file = posixpath.join(folder, other.file) if other.file else planes[0].file
        planes.append(Plane(file, other.index))
    return tuple(planes)


def plane_reference(file: str, *index: int | None) -> str:
    """Name a plane within `file`.

    >>> plane_reference("a.tif", 3), plane_reference("P.zarr/0", 0, None)
    ('a.tif#3', 'P.zarr/0#0,max')
    """
    places = ",".join("max" if place is None else str(place) for place in index)
    return f"{file}#{places}" if places else file


def maximum_of(references: Sequence[str]) -> str:
    """Name the maximum of several planes, whose paths start at the same place."""
    if len(references) == 1:
        return references[0]
    first = _parse_plane(references[0])
    folder = posixpath.dirname(first.file)
    return "|".join([references[0], *(_seen_from(folder, first.file, other) for other in references[1:])])


def is_plain(references: Iterable[str]) -> bool:
    """Tell whether all of `references` are paths of files and nothing more."""
    return not any("#" in reference or "|" in reference for reference in references)


def _parse_plane(text: str) -> Plane:
    match = _INDEX.search(text)
    if not match:
        return Plane(text, ())
    places = match[1].split(",")
    return Plane(text[: match.start()], tuple(None if place == "max" else int(place) for place in places))


def _seen_from(folder: str, first: str, reference: str) -> str:
    plane = _parse_plane(reference)
    own = posixpath.dirname(plane.file)
    if plane.file == first and plane.index:
        file = ""
    elif own == folder:
        file = posixpath.basename(plane.file)
    else:
        file = posixpath.join(posixpath.relpath(own or ".", folder or "."), posixpath.basename(plane.file))
    return plane_reference(file, *plane.index)
