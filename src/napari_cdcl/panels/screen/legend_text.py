"""A legend in a line or two, for where there is no room for a list."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cdcl.scatter.palette import to_hex

if TYPE_CHECKING:
    from cdcl.scatter import Colouring

MOST = 24
"""Classes that are named."""
_STEPS = 12
"""Colours of a scale; with more the letters they stand under no longer fit a line."""


def swatch(colour: int) -> str:
    """Give a disc of a colour, as rich text."""
    return f'<span style="color:{to_hex(colour)}">⬤</span>'


def write_legend(colouring: Colouring) -> str:
    """Write what colours say, as rich text for a label."""
    return "<br>".join((_legend(colouring), *map(escape, colouring.notes)))


def _legend(colouring: Colouring) -> str:
    if colouring.limits is not None:
        steps = [int(colouring.colours[1 + round(255 * step / (_STEPS - 1))]) for step in range(_STEPS)]
        bar = "".join(f'<span style="color:{to_hex(colour)}">█</span>' for colour in steps)
        marks = colouring.marks()
        between = ", ".join(text for _, text in marks[1:-1])
        scale = f" (logarithmic{f': {between} between' if between else ''})" if colouring.logarithmic else ""
        zero = f"; 0 in {swatch(int(colouring.colours[1]))}" if colouring.num_zero else ""
        return f"{marks[0][1]} {bar} {marks[-1][1]} {colouring.unit}{scale}{zero}"
    classes = list(colouring.classes())
    if len(classes) > MOST:
        return f"{len(classes)} kinds of {escape(colouring.title)}: rest the cursor on a well to read its own."
    parts = [
        f'<span style="color:{to_hex(colour)}">⬤</span>&nbsp;{escape(name).replace(" ", "&nbsp;")}'
        for _, name, _, colour in classes
    ]
    return " &nbsp; ".join(parts)
