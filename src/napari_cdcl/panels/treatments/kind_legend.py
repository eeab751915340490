"""What the colours of treatments say, as a line of rich text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cdcl.scatter.palette import to_hex

if TYPE_CHECKING:
    from cdcl.scatter.colours import Colouring

LETTERS = 7
"""Pixels that a letter takes, more or less."""
STEPS = 6
"""Spots that stand for a scale of numbers."""


def legend_of(colouring: Colouring, width: int) -> str:
    """Name the colours of kinds, as many as one or two lines of a width hold, or of a scale; "" where all are alike."""
    if not colouring.title:
        return ""
    none = [_spot(to_hex(int(colouring.colours[0])), "none")] if colouring.num_missing else []
    if colouring.limits is not None:
        low, high = (f"{end:.3g}" for end in colouring.limits)
        last = len(colouring.colours) - 1
        codes = [1 + round(step * (last - 1) / (STEPS - 1)) for step in range(STEPS)]
        spots = "".join(_mark(to_hex(int(colouring.colours[code]))) for code in codes)
        unit = f"&nbsp;{escape(colouring.unit)}" if colouring.unit else ""
        return _joined([f"{low}&nbsp;{spots}&nbsp;{high}{unit}", *none])
    kinds = [kind for kind in colouring.classes() if kind[0]]
    frequent = sorted(kinds, key=lambda kind: -kind[2])[: _held([kind[1] for kind in kinds], width)]
    named = [_spot(to_hex(colour), name) for _, name, _, colour in sorted(frequent)]
    more = [f"and {len(kinds) - len(frequent)} more"] if len(kinds) > len(frequent) else []
    return _joined([*named, *more, *none])


def tip_of(colouring: Colouring) -> str:
    """Name all kinds and how many treatments are of each."""
    return "\n".join(f"{name}: {num}" for _, name, num, _ in colouring.classes()) if colouring.limits is None else ""


def _held(names: list[str], width: int) -> int:
    """Count the kinds that are named: as many as fill a line and a half, with the usual length of these names."""
    usual = sum(map(len, names)) / max(len(names), 1) + 5
    return max(2, int(1.5 * width / (LETTERS * usual)))


def _mark(colour: str) -> str:
    return f"<span style='color:{colour}'>■</span>"


def _spot(colour: str, name: str) -> str:
    return f"{_mark(colour)}&nbsp;{escape(name).replace(' ', '&nbsp;')}"


def _joined(parts: list[str]) -> str:
    return " &nbsp; ".join(parts)
