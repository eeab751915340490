"""Layouts that speak by file names alone: a pattern with named groups, and rules for the plate."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.readers.planes import make_planes
from cdcl.readers.plausibility import doubtful, find_doubtful_wells
from cdcl.screen.plates import well_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.readers.planes import Planes
    from cdcl.readers.walking import Tree

_GENERIC_FOLDER = re.compile(
    r"(?:data|images?|raw|tiffs?|timepoint_?\d+|zstep_?\d+|\d{4}[-_.]?\d{2}[-_.]?\d{2})?", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,6}")
"""Of a folder: a barcode of a plate, or the number of a measurement below a plate's folder."""


@dataclass(frozen=True)
class FileNames:
    """A layout of files whose names match a pattern with the groups well, site, channel, z, t and maybe plate.

    Attributes
    ----------
    required
        Files whose match has none of these groups are not claimed: a pattern whose parts are all optional matches
        too much.
    """

    pattern: re.Pattern[str]
    expects: str
    required: tuple[str, ...] = ()

    def claim(self, tree: Tree) -> int:
        """Count the images whose names match."""
        return sum(self._match(file.rpartition("/")[2]) is not None for file in tree.images)

    def read(self, tree: Tree) -> Planes:
        """Give the planes whose names match; note those that do not, and wells that may be none."""
        matches = [(file, self._match(file.rpartition("/")[2])) for file in tree.images]
        rows = [plane_row(match.groupdict(), file, tree) for file, match in matches if match is not None]
        others = [file for file, match in matches if match is None]
        planes = make_planes(rows, tree.root)
        told = planes.table[["plate", "well", "site"]].drop_duplicates()
        places = [{"plate": plate, "well": well, "site": site} for plate, well, site in told.to_numpy(dtype=str)]
        doubts = find_doubtful_wells(places)
        return replace(planes, notes=(*left_over(others), *(doubtful(doubt.text) for doubt in doubts)))

    def _match(self, name: str) -> re.Match[str] | None:
        match = self.pattern.fullmatch(name)
        if match is None or not self.required or any(match[group] for group in self.required):
            return match
        return None


def plane_row(groups: Mapping[str, str | None], file: str, tree: Tree) -> dict[str, object]:
    """Make a row of a match: plates without a name take their folder's, wells may be a row and a column."""
    row: dict[str, object] = {name: value or "" for name, value in groups.items()}
    if row.get("row") and row.get("column"):
        row["well"] = _well(str(row.pop("row")), str(row.pop("column")))
    row["plate"] = row.get("plate") or plate_folder(file, tree)
    row["site"] = row.get("site") or "1"
    row["channel"] = row.get("channel") or "channel_1"
    row["path"] = file
    return {**row, **{name: _number(str(row[name])) for name in ("site", "z", "t") if name in row}}


def plate_folder(file: str, tree: Tree) -> str:
    """Name a plate by the nearest folder above `file` that is not called data, images, a date or a number.

    Where all folders are such, a number is the plate's barcode: BBBC022 has the plates 20585, 20586, ...
    """
    folders = [name for name in reversed(file.split("/")[:-1]) if not _GENERIC_FOLDER.fullmatch(name)]
    named = next((name for name in folders if not _NUMBER.fullmatch(name)), None)
    if named is not None:
        return named
    if folders:
        return folders[-1]
    root = tree.root.absolute()
    names = [name for name in (root.name, *(parent.name for parent in root.parents)) if name]
    return next(
        (name for name in names if not _GENERIC_FOLDER.fullmatch(name) and not _NUMBER.fullmatch(name)), "plate"
    )


def left_over(files: list[str]) -> tuple[str, ...]:
    """Note the images that the layout does not explain."""
    return (f"{len(files)} other images are left out, such as {files[0]}.",) if files else ()


def _well(row: str, column: str) -> str:
    return well_name(int(row), int(column)) if row.isdigit() else f"{row}{column}"


def _number(text: str) -> str:
    """Write "007" as "7"; what is no number stays."""
    return str(int(text)) if text.isdecimal() else text
