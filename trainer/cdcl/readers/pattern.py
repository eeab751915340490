"""File names as the user describes them: `{plate}_{well}_s{site}_w{channel}.tif`, or a regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.filenames import left_over, plane_row
from cdcl.readers.planes import Planes, make_planes
from cdcl.readers.plausibility import doubtful, find_doubts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdcl.readers.walking import Tree

PARTS = {
    "plate": r"[^/]+?",
    "well": r"[A-Za-z]{1,2}[ _-]*\d{1,2}|[Ww]\d{3,5}",
    "row": r"[A-Za-z]{1,2}|\d{1,2}",
    "column": r"\d{1,2}",
    "site": r"\d+",
    "channel": r"[^/]+?",
    "z": r"\d+",
    "t": r"\d+",
    "batch": r"[^/]+?",
}
"""What each name in braces matches; a well may have a number only, as in W00001.

Other names match any text without a slash and become columns.
"""

_BRACES = re.compile(r"\{(\w+)\}|(\*)")
_HARMLESS = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Preview:
    """What a pattern makes of some names.

    Attributes
    ----------
    matched
        The groups of each name that matches.
    unmatched
        The names that do not.
    """

    matched: dict[str, dict[str, str]]
    unmatched: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of names that match, 0 to 1."""
        total = len(self.matched) + len(self.unmatched)
        return len(self.matched) / total if total else 0.0


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern: with `(?P<well>...)` it is a regular expression, else text with names in braces, and `*`.

    It must match the whole path below the folder, or the whole file name; no part but those of a regular expression
    crosses a slash.

    Raises
    ------
    ScreenError
        If it is no pattern, or names no well.
    """
    text = pattern if "(?P<" in pattern else _translate(pattern)
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ScreenError(f"the pattern '{pattern}' cannot be read ({error}).") from error
    groups = set(compiled.groupindex)
    if "well" not in groups and not {"row", "column"} <= groups:
        raise ScreenError(f"the pattern '{pattern}' names no well; write {{well}}, or {{row}} and {{column}}.")
    return compiled


def preview(pattern: str, names: Sequence[str]) -> Preview:
    """Show what a pattern makes of some names.

    Parameters
    ----------
    pattern
        As for `compile_pattern`.
    names
        Paths below a folder, with "/" between folders.

    Returns
    -------
    Preview
        Which names match, with the text of each part, and which do not.

    Raises
    ------
    ScreenError
        If it is no pattern, or names no well.
    """
    compiled = compile_pattern(pattern)
    matches = {name: _match(compiled, name) for name in names}
    matched = {name: {k: v or "" for k, v in match.groupdict().items()} for name, match in matches.items() if match}
    return Preview(matched, tuple(name for name, match in matches.items() if not match))


def read_pattern(pattern: str, tree: Tree) -> Planes:
    """Give the planes of the images whose names match; the notes say what makes the pattern doubtful.

    Raises
    ------
    ScreenError
        If it is no pattern, or no image matches; the message shows a name.
    """
    compiled = compile_pattern(pattern)
    matches = [(file, _match(compiled, file)) for file in tree.images]
    rows = [plane_row(match.groupdict(), file, tree) for file, match in matches if match]
    others = [file for file, match in matches if not match]
    if not rows:
        example = f"such as {others[0]}" if others else "for there are none"
        raise ScreenError(f"the pattern '{pattern}' matches none of {len(others)} images below {tree.root}, {example}.")
    planes = make_planes(rows, tree.root).table
    parts = [name for name in PARTS if name in planes]
    doubts = find_doubts([dict(zip(parts, row, strict=True)) for row in planes[parts].itertuples(index=False)])
    notes = [doubtful(doubt.text) for doubt in doubts if not doubt.refused]
    return Planes(planes, (*left_over(others), *notes))


def _match(pattern: re.Pattern[str], file: str) -> re.Match[str] | None:
    return pattern.fullmatch(file) or pattern.fullmatch(file.rpartition("/")[2])


def _translate(pattern: str) -> str:
    """Turn text with names in braces into a regular expression; a name that comes again must match the same."""
    result, end, seen = "", 0, set[str]()
    for match in _BRACES.finditer(pattern):
        result += re.escape(pattern[end : match.start()])
        end = match.end()
        name = match[1]
        if name is None:
            result += "[^/]*?"
        elif name in seen:
            result += f"(?P={name})"
        elif not _HARMLESS.fullmatch(name):
            raise ScreenError(f"the pattern '{pattern}' has '{{{name}}}', which is no name.")
        else:
            seen.add(name)
            result += f"(?P<{name}>{PARTS.get(name, '[^/]+?')})"
    return result + re.escape(pattern[end:])
