"""What a TIFF file declares its pages to be, and whether others declare the same: page 3 may be another channel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.errors import ImageError, ScreenError
from cdcl.images.claims import opened_tiff
from cdcl.images.formats import DECODER_ERRORS
from cdcl.images.references import parse_reference
from cdcl.images.remote import is_remote
from cdcl.images.xml import parse_text

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".tif", ".tiff")

FILE_PAGES = "file_pages"
"""The column that says what the pages of a screen's files are, where references name pages."""

REMEMBERED = 4096
"""Files whose headers are not read again: more than the planes of any field, so each is read about once."""


@dataclass(frozen=True)
class Pages:
    """The pages of a file: size of each axis before height and width, in the order of the pages, and channel names.

    Attributes
    ----------
    sizes
        By the letters C, Z and T; "?" where the file does not say what its pages are.
    names
        Of several channels; empty where the file tells none. With "?", what the user called its pages.
    """

    sizes: dict[str, int]
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        found = ", ".join(f"{size} {'pages' if axis == '?' else axis}" for axis, size in self.sizes.items())
        return (found or "one page") + (f" ({', '.join(self.names)})" if self.names else "")

    @property
    def count(self) -> int:
        """Count the pages."""
        total = 1
        for size in self.sizes.values():
            total *= size
        return total

    def contradicts(self, other: Pages) -> bool:
        """Tell whether the same page number is another channel, plane or time point in `other`, or is not there.

        Only the outermost axis may be longer there, unless it is that of the channels.
        """
        if "?" in self.sizes and self.names:  # pages that the user named
            same = other.sizes in ({"C": self.count}, self.sizes)
            return not same or other.names not in ((), self.names)
        if not set(self.sizes) - {"?"} and not set(other.sizes) - {"?"}:
            return False  # pages that nobody named: their maximum is taken, or one that is there or not
        if list(self.sizes) != list(other.sizes) or self.names != other.names:
            return True
        own, others = list(self.sizes.values()), list(other.sizes.values())
        return own[1:] != others[1:] or others[0] < own[0] or self.sizes.get("C") != other.sizes.get("C")

    def text(self) -> str:
        """Write the pages as a cell of a table.

        >>> Pages({"C": 2, "Z": 3}, ("DNA", "ER")).text()
        'C2 Z3;DNA;ER'
        """
        return ";".join([" ".join(f"{axis}{size}" for axis, size in self.sizes.items()), *self.names])

    @classmethod
    def read_text(cls, text: str) -> Pages:
        """Read what `text` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        axes, *names = text.split(";")
        sizes = {part[0]: int(part[1:]) for part in axes.split()}
        if not sizes or not set(sizes) <= set("CZT?") or min(sizes.values()) < 1:
            raise ValueError(f"'{text}' tells no pages")
        return cls(sizes, tuple(names))


def read_pages(path: Path) -> Pages | None:
    """Read the axes of a file from its header; None where it holds no pages to choose from, or is damaged.

    Raises
    ------
    ImageError
        If it claims more than any file holds.
    """
    try:
        with opened_tiff(path) as file:
            series, count = file.series[0], len(file.pages)
            axes, shape = series.axes, series.shape
            names = _ome_names(file.ome_metadata or "", path) if file.is_ome else ()
            if "S" in axes or not axes.endswith("YX") or len(file.series) > 1:
                return None
            sizes = {axis: int(size) for axis, size in zip(axes[:-2], shape[:-2], strict=True)}
            # A header that describes other files too counts their pages as its own.
            if count != Pages(sizes).count:
                return Pages({"?": count}) if set(sizes) <= set("ZQI") else None
    except ImageError:
        raise
    except DECODER_ERRORS:
        return None
    if set(sizes) & set("QI"):
        return Pages({"?": count})
    if not set(sizes) <= set("ZCT"):
        return None
    return Pages(sizes, names if len(names) == sizes.get("C", 1) > 1 else ())


def check_pages(references: Iterable[Path], expected: Pages) -> str:
    """Hold the headers of the files behind references against what the screen was read by.

    Returns
    -------
    remark
        Where a file is deeper than expected, which planes are not read for; "" mostly.

    Raises
    ------
    ImageError
        If the pages of a file are others.
    """
    remark = ""
    files = {plane.file for reference in references for plane in parse_reference(str(reference)) if plane.index}
    for file in sorted(file for file in files if file.lower().endswith(SUFFIXES) and not is_remote(file)):
        found = _remembered(file)
        if found is None or str(found) == str(expected):
            continue
        if expected.contradicts(found):
            raise ImageError(
                f"{file} holds {found}, as it declares; the files that the screen was read by hold {expected}, so its "
                "pages would be mixed up: scan it apart, or remove its row."
            )
        if found.count != expected.count:
            remark = remark or f"{file} holds {found}, others {expected}"
    return remark


def _remembered(file: str) -> Pages | None:
    try:
        status = os.stat(file)  # noqa: PTH116, once a plane
    except (OSError, ValueError):
        return None  # whoever decodes it says so
    return _read_once(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=REMEMBERED)
def _read_once(file: str, changed: int, size: int) -> Pages | None:
    del changed, size  # part of the key
    return read_pages(Path(file))


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
