"""What an image file claims of itself, held against what it holds before anything is decoded.

A header is a few bytes that anyone may write. A hundred of them can ask for a hundred gigabytes, or for an hour of
walking along pages; what no microscope writes is refused in a line.
"""

from __future__ import annotations

import math
import os
import re
import stat
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import tifffile

from cdcl.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

MOST_PLANES = 100_000
"""Planes of one field, or pages of one file: an hour at 25 frames a second. Longer series are split into files."""

MOST_CHANNELS = 1000
"""Channels of a screen: ten times the markers of the most multiplexed panels."""

FREE_BYTES = 512 * 2**20
"""Any image may unpack to so much: a field of 5 channels of 2160 x 2160 floats takes a fifth of it."""

RATIO = 1100
"""... and so many times what the file holds beyond: deflate, the densest codec, packs zeros 1032 to 1."""

HEADER_BYTES = 64 * 2**20
"""The longest description that is parsed: OME-XML takes about 200 bytes a plane."""

_OME_SIZE = re.compile(rb"<(?:\w+:)?Pixels\b([^>]*)>")
_SIZE = re.compile(rb'\bSize[ZCT]="([^"]{0,30})"')


def check_image_file(path: Path) -> None:
    """Refuse a pipe, which would be waited for without end, a device, which never ends, and a folder.

    Raises
    ------
    ImageError
        If it is one.
    OSError, ValueError
        If there is none, or the system does not take the name.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise ImageError(f"{path} is {what}, no file; move it away, or name another.")


def check_pixels(path: Path, shape: Sequence[int], itemsize: int, held: Callable[[], int]) -> None:
    """Refuse pixels that a file of `held()` bytes cannot hold.

    Raises
    ------
    ImageError
        If a size is negative, or all take more than `FREE_BYTES` and more than `RATIO` times what is there.
    """
    if any(length < 0 for length in shape):
        raise ImageError(f"{path} claims a negative size {tuple(shape)}; copy it again, or remove its row.")
    claimed = math.prod(int(length) for length in shape) * itemsize
    if claimed > FREE_BYTES and claimed > RATIO * (size := held()):
        raise ImageError(
            f"{path} has {size:,} bytes and claims {claimed:,} bytes of pixels {tuple(shape)}; copy it again, or "
            "remove its row."
        )


def folder_bytes(folder: Path) -> int:
    """Add up the files below a folder."""
    return sum(os.stat(os.path.join(at, name)).st_size for at, _, names in os.walk(folder) for name in names)  # noqa: PTH116, PTH118


@contextmanager
def opened_tiff(path: Path, **more: Any) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF file whose pages, and whose OME header's planes, are not more than `MOST_PLANES`.

    Raises
    ------
    ImageError
        If it is no regular file, or claims more.
    """
    check_image_file(path)
    with path.open("rb") as file:
        pages = count_pages(file)
        longest = longest_tag(file)
    if longest > HEADER_BYTES:
        raise ImageError(f"{path} has a header of {longest:,} bytes, more than the {HEADER_BYTES:,} that are read.")
    if pages > MOST_PLANES:
        raise ImageError(f"{path} has more than {MOST_PLANES:,} pages; split it, or name another file.")
    with tifffile.TiffFile(path, **more) as tiff:
        if more.get("is_ome", True) is not False:
            _check_description(tiff, path)
        yield tiff


_TAG_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8, 18: 8}
"""Of a value of each type of tag, as TIFF 6.0 and BigTIFF number them."""


def longest_tag(file: BinaryIO) -> int:
    """Give the bytes that the longest tag of a TIFF file's first page claims; 0 where it is no TIFF.

    It is asked before the file is opened, which loads its description whole.
    """
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return 0
    big = struct.unpack(f"{order}H", head[2:4])[0] == 43
    number, entry = ("Q", "HHQ8x") if big else ("H", "HHI4x")
    try:
        file.seek(struct.unpack(f"{order}{'Q' if big else 'I'}", head[8:16] if big else head[4:8])[0])
        (entries,) = struct.unpack(order + number, file.read(struct.calcsize(number)))
        size = struct.calcsize(order + entry)
        tags = file.read(min(entries, 2**16) * size)  # a page has a few dozen
        whole = tags[: len(tags) // size * size]
        claims = (_TAG_BYTES.get(kind, 1) * count for _, kind, count in struct.iter_unpack(order + entry, whole))
        return max(claims, default=0)
    except (struct.error, OSError, OverflowError, ValueError):
        return 0  # a directory that is cut short: whoever reads it says so


def count_pages(file: BinaryIO, most: int = MOST_PLANES) -> int:
    """Count the pages of a TIFF file along their chain, at most one more than `most`; 0 where it is not a TIFF.

    A chain that leads back into itself counts as endless.
    """
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return 0
    big = struct.unpack(f"{order}H", head[2:4])[0] == 43
    # An entry of a page's directory has 12 bytes, in BigTIFF 20.
    count, offset, entry = ("Q", "Q", 20) if big else ("H", "I", 12)
    start = head[8:16] if big else head[4:8]
    seen: set[int] = set()
    try:
        (place,) = struct.unpack(order + offset, start)
        while place and len(seen) <= most:
            if place in seen:
                return most + 1
            seen.add(place)
            file.seek(place)
            (entries,) = struct.unpack(order + count, file.read(struct.calcsize(count)))
            file.seek(entries * entry, os.SEEK_CUR)
            (place,) = struct.unpack(order + offset, file.read(struct.calcsize(offset)))
    except (struct.error, OSError, OverflowError, ValueError):
        pass  # a chain that is cut short: whoever reads the pages says so
    return len(seen)


def check_ome(text: bytes, path: Path) -> None:
    """Refuse OME-XML that declares more planes than `MOST_PLANES`, or sizes that are not counts, before it is parsed.

    Raises
    ------
    ImageError
        If it does, or is longer than `HEADER_BYTES`.
    """
    if len(text) > HEADER_BYTES:
        raise ImageError(f"{path} has a header of {len(text):,} bytes, more than the {HEADER_BYTES:,} that are read.")
    listed = text.count(b"TiffData") + text.count(b"<Plane")
    # Each plane may be told by a TiffData that is closed, and by a Plane.
    if listed > 3 * MOST_PLANES:
        raise ImageError(f"{path} lists more than {MOST_PLANES:,} planes in its OME header; split it.")
    for pixels in _OME_SIZE.finditer(text):
        sizes = [size.group(1).decode("ascii", "replace") for size in _SIZE.finditer(pixels.group(1))]
        if not all(size.isascii() and size.isdecimal() and int(size) > 0 for size in sizes):
            raise ImageError(f"{path} tells sizes in its OME header that are no counts ({', '.join(sizes)}); mend it.")
        if math.prod(map(int, sizes)) > MOST_PLANES:
            raise ImageError(f"{path} tells {' x '.join(sizes)} planes in its OME header, more than {MOST_PLANES:,}.")


def _check_description(tiff: tifffile.TiffFile, path: Path) -> None:
    if not len(tiff.pages):
        return
    tag = getattr(tiff.pages.first, "tags", {}).get(270)  # ImageDescription
    if tag is None:
        return
    if tag.count > HEADER_BYTES:
        raise ImageError(f"{path} has a header of {tag.count:,} bytes, more than the {HEADER_BYTES:,} that are read.")
    text = tag.value.encode("utf-8", "replace") if isinstance(tag.value, str) else b""
    if b"<OME" in text[:2000] or b":OME" in text[:2000]:
        check_ome(text, path)
