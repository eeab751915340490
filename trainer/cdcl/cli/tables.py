"""Tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def align(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: columns of numbers to the right, texts to the left.

    >>> print(align(["name", "loss"], [["first", "3.20"], ["b", "10.05"]]))
    name    loss
    first   3.20
    b      10.05
    """
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    to_right = [any(map(_is_number, column[1:])) and all(map(_fits_number, column[1:])) for column in columns]
    lines = [
        "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(*cells, strict=True))
        for cells in ((row, widths, to_right) for row in [header, *rows])
    ]
    return "\n".join(line.rstrip() for line in lines)


def _is_number(cell: str) -> bool:
    return cell.lstrip("-+<>")[:1].isdigit()


def _fits_number(cell: str) -> bool:
    return _is_number(cell) or cell in ("", "-", "nan")
