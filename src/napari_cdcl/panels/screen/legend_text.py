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


def write_legend(colouring: Colouring) -> str:
    """Write what colours say, as rich text for a label."""
    if colouring.limits is not None:
        low, high = colouring.limits
        steps = [int(colouring.colours[1 + round(255 * step / (_STEPS - 1))]) for step in range(_STEPS)]
        bar = "".join(f'<span style="color:{to_hex(colour)}">█</span>' for colour in steps)
        return f"{low:.4g} {bar} {high:.4g}"
    classes = list(colouring.classes())
    if len(classes) > MOST:
        return f"{len(classes)} kinds of {escape(colouring.title)}: rest the cursor on a well to read its own."
    parts = [
        f'<span style="color:{to_hex(colour)}">⬤</span>&nbsp;{escape(name).replace(" ", "&nbsp;")}'
        for _, name, _, colour in classes
    ]
    return " &nbsp; ".join(parts)
