"""The parts of file names in colour: in the pattern, in the names, and over the columns."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from qtpy.QtGui import QColor

from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QWidget

    from napari_cdcl.actions.pattern_wizard import Fault

COLOURS = {
    "plate": "#4c8dff",
    "well": "#2ea86b",
    "row": "#2ea86b",
    "column": "#7a9e2e",
    "site": "#e9a23b",
    "channel": "#d65db1",
    "z": "#8f6ff0",
    "t": "#20a8a0",
    "batch": "#c0714a",
}
OTHER = "#8a8f98"
WRONG = "#e5484d"
STRENGTH = 0.45
"""Of a colour behind text, so that the text can be read in a dark and in a light window."""
_PARTS = re.compile(r"\{(\w+)\}|\(\?P<(\w+)>")


def colour_of(part: str) -> str:
    """Give the colour of a part."""
    return COLOURS.get(part, OTHER)


def behind(part: str, widget: QWidget) -> QColor:
    """Give the colour of a part as it stands behind text."""
    return mix(Theme.of(widget).ground, QColor(colour_of(part)), STRENGTH)


def paint_name(name: str, spans: Mapping[str, tuple[int, int]], widget: QWidget) -> str:
    """Write a file name with its parts on their colours, as rich text."""
    written, end = [], 0
    for part, (begin, stop) in sorted(spans.items(), key=lambda item: item[1]):
        if begin < end:
            continue  # a group within a group
        colour = behind(part, widget).name()
        written += [_plain(name[end:begin]), f'<span style="background:{colour}">{_plain(name[begin:stop])}</span>']
        end = stop
    return "".join([*written, _plain(name[end:])])


def paint_pattern(pattern: str, fault: Fault | None, widget: QWidget) -> str:
    """Write a pattern with its parts on their colours, and what is wrong in red, as rich text."""
    colours: list[str] = [""] * len(pattern)
    for match in _PARTS.finditer(pattern):
        colour = behind(match[1] or match[2], widget).name()
        colours[match.start() : match.end()] = [colour] * (match.end() - match.start())
    if fault is not None and fault.end > fault.start:
        colours += [""] * (fault.end - len(colours))
        colours[fault.start : fault.end] = [WRONG] * (fault.end - fault.start)
    letters = pattern.ljust(len(colours))
    return "<code>" + "".join(map(_letter, letters, colours)) + "</code>"


def _letter(letter: str, colour: str) -> str:
    text = _plain(letter)
    if not colour:
        return text
    ink = ";color:white;font-weight:bold" if colour == WRONG else ""
    return f'<span style="background:{colour}{ink}">{text}</span>'


def _plain(text: str) -> str:
    return html.escape(text).replace(" ", "&nbsp;")
