"""What to say of a folder that no reader knows: what was seen, and which layout came nearest."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.guessing import guess_pattern
from cdcl.screen.parquet_slips import parquet_parts
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.readers.walking import Tree

_CLUES = {
    ".htd": "imagexpress",
    ".mlf": "cellvoyager",
    ".mrf": "cellvoyager",
    ".mes": "cellvoyager",
    ".xdce": "incell",
    ".c01": "arrayscan",
    ".companion.ome": "ome-tiff",
    "index.xml": "harmony",
    "index.idx.xml": "harmony",
}
"""Files that tell a layout even where its images are not there."""

_CONVERTED = (".czi", ".nd2", ".lif", ".lsm", ".flex", ".mea", ".vsi", ".oib", ".dib", ".c01", ".stk")
"""Files that only a converter reads."""


_NUMBERED = re.compile(r"(?<![A-Za-z0-9])[PW]\d{3,5}(?!\d)|(?<![A-Za-z0-9])[Ww]ell_?\d+")
"""A well or position by its number, such as P00365."""

_TABLES = ("loaddata", "table")


class UnknownLayoutError(ScreenError):
    """A folder that no reader knows.

    Attributes
    ----------
    seen
        A small table of what lies there, line by line.
    """

    def __init__(self, message: str, seen: tuple[str, ...]) -> None:
        super().__init__(message)
        self.seen = seen


class UnknownTableError(ScreenError):
    """A table that names no images in any way that a reader knows."""


def unknown_layout(tree: Tree, expects: Mapping[str, str], tables: list[str]) -> UnknownLayoutError:
    """Say what lies in `tree`, and what the nearest layout, or a pattern, would make of it."""
    kinds = _kinds(tree)
    seen = ", ".join(f"{len(files)} {suffix} ({files[0]})" for suffix, files in list(kinds.items())[:5])
    parts = [f"{tree.root} is no screen that cdcl knows.", f"Seen: {'; '.join([*tables, *([seen] if seen else [])])}."]
    if not tables and not seen:
        parts[1] = "Seen: no files."
    return UnknownLayoutError(" ".join([*parts, *_advice(tree, kinds, expects)]), tuple(_lines(kinds, tables)))


def _advice(tree: Tree, kinds: Mapping[str, list[str]], expects: Mapping[str, str]) -> list[str]:
    names = " ".join(file.lower().rpartition("/")[2] + " " for file in tree.files)
    layout = next((layout for clue, layout in _CLUES.items() if f"{clue} " in names), None)
    if layout:
        return [f"Nearest layout {layout} expects {expects[layout]}."]
    strange = next((suffix for suffix in kinds if suffix in _CONVERTED), None)
    if strange and not tree.images:
        return [f"Convert {strange} files to OME-Zarr first (bioformats2raw does)."]
    guess = guess_pattern(tree.images)
    if guess is not None:
        doubts = f", but {' and '.join(guess.doubts)}: mend it first" if guess.doubts else ""
        return [
            (
                f"Describe the names: {option('pattern')} '{guess.pattern}' would match {guess.share:.0%} of "
                f"the images{doubts}."
            )
        ]
    numbered = next((name for file in tree.images if (name := _NUMBERED.search(file.rpartition("/")[2]))), None)
    if numbered:
        mend = "write a table with the columns plate, well and path"
        return [f"Wells seem to be numbered ('{numbered[0]}'), in an order that only you know: {mend}."]
    if not tree.images and (parts := parquet_parts(tree.root)):
        return [parts.replace(f"{tree.root} is", "It is", 1)]
    if tree.images:
        return [
            (
                f"Describe the names, as in {option('pattern')} "
                f"'{{plate}}_{{well}}_s{{site}}_w{{channel}}.tif', or write a table of paths."
            )
        ]
    others = ", ".join(name for name in expects if name not in _TABLES)
    tables = "; or ".join(f"{name}: {expects[name]}" for name in _TABLES)
    return [f"Expected {tables}; or images as of {others}."]


def _kinds(tree: Tree) -> dict[str, list[str]]:
    """Give the files by suffix, the commonest first."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in tree.files:
        found[PurePosixPath(file).suffix.lower() or "no suffix"].append(file)
    if tree.arrays:
        found[".zarr"] = [array or "." for array in tree.arrays]
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _lines(kinds: Mapping[str, list[str]], tables: list[str]) -> list[str]:
    if not kinds:
        return []
    width = max(map(len, kinds))
    rows = [f"{suffix:{width}}  {len(files):7}  {files[0]}" for suffix, files in list(kinds.items())[:12]]
    return [f"{'files':{width}}  {'count':>7}  such as", *rows, *(f"table {table}" for table in tables)]
