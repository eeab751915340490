"""Tables for a terminal."""

from __future__ import annotations

from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def align(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: columns of numbers to the right, texts to the left; a cell may have several lines.

    >>> print(align(["name", "loss"], [["first", "3.20"], ["b", "10.05"]]))
    name    loss
    first   3.20
    b      10.05
    """
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(line) for cell in column for line in _lines(cell)) for column in columns]
    to_right = [any(map(_is_number, column[1:])) and all(map(_fits_number, column[1:])) for column in columns]
    return "\n".join(line for cells in [header, *rows] for line in _set(cells, widths, to_right))


def fold(text: str, width: int) -> str:
    """Break a text between words into lines of at most `width` characters."""
    return "\n".join(wrap(text, width, break_long_words=False)) or text


def _set(cells: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> Iterator[str]:
    """Lay out one row; what has several lines goes on below."""
    for parts in zip_longest(*map(_lines, cells), fillvalue=""):
        line = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(parts, widths, to_right, strict=True)
        ]
        yield "  ".join(line).rstrip()


def _lines(cell: str) -> list[str]:
    return cell.split("\n")


def _is_number(cell: str) -> bool:
    return cell.lstrip("-+<>")[:1].isdigit()


def _fits_number(cell: str) -> bool:
    return _is_number(cell) or cell in ("", "-", "nan")
