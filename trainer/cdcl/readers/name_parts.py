"""The parts of file names: tokens, ways to take them for wells, fields and channels, and the pattern of each way."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.readers.plausibility import WAVELENGTHS
from cdcl.screen.site_names import SITE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_COLUMNS = 48
"""Of a plate of 1536 wells."""

WELLS, WORDS = 4, 3
"""So many places are tried for the well, and words for the channel."""

HINTS = {
    "site": SITE_WORDS,
    "channel": ("w", "c", "ch", "chan", "channel", "wv", "wave", "wavelength", "d"),
    "z": ("z", "zstep", "plane", "slice", "stack"),
    "t": ("t", "tp", "time", "timepoint", "frame", "h", "hr", "hour", "day"),
}
"""What stands before the number of each part."""

TIMES = ("h", "hr", "hrs", "hour", "hours", "d", "day", "days", "min", "mins")
"""What stands behind the number of a time point."""

_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
_SUFFIX = re.compile(r"(?:\.ome)?\.[A-Za-z]+$")


@dataclass(frozen=True)
class _Way:
    """One way to read the tokens of names: where the well is, and what its other parts are named by."""

    well: int
    word: int
    varying: bool
    words_first: bool


def _tokens(name: str) -> list[str]:
    suffix = match[0] if (match := _SUFFIX.search(name)) else ""
    return [*_TOKEN.findall(name.removesuffix(suffix)), *([suffix] if suffix else [])]


def shape_of(name: str) -> tuple[str, ...]:
    """Give the kind of each token; separators stand for themselves."""
    tokens = _tokens(name)
    return tuple("a" if token.isalpha() else "0" if token.isdigit() else token for token in tokens)


def columns_of(names: list[str]) -> list[list[str]]:
    """Give the tokens of names of one shape, place by place."""
    return [list(column) for column in zip(*map(_tokens, names), strict=True)]


def readings(columns: list[list[str]]) -> Iterator[dict[int, str]]:
    """Give the ways to name the tokens that are parts, the plainest first; a well's two are "row" and "column"."""
    wells = _wells(columns)[:WELLS]
    for varying, words_first, well in itertools.product((False, True), (False, True), wells):
        for word in range(WORDS):
            yield _parts(columns, _Way(well, word, varying, words_first))


def _parts(columns: list[list[str]], way: _Way) -> dict[int, str]:
    well = way.well
    parts = {well: "row", well + 1: "column"}
    if _spells_row(columns, well):
        parts = {well + 1: "row", well + 3: "column"}
    elif not columns[well + 1][0].isdigit():
        parts = {well: "row", well + 2: "column"}
    steps = (_name_words, _name_numbers) if way.words_first else (_name_numbers, _name_words)
    for name in steps:
        name(columns, parts, way)
    _name_field(columns, parts)
    return parts


def _wells(columns: list[list[str]]) -> list[int]:
    """Find letters and a number that may be a well, those that take the most values first; or "r", number, "c", number.

    A pair that looks like fields ("f1", "f2") comes last.
    """
    found = []
    for place in range(len(columns) - 1):
        if _spells_row(columns, place):
            return [place]
        letters, numbers = columns[place], columns[place + 1]
        apart = set(numbers) <= {"_", "-", " "} and place + 2 < len(columns)
        numbers = columns[place + 2] if apart else numbers
        if all(_is_row(text) for text in letters) and all(_is_column(text) for text in numbers):
            hinted = set(map(str.lower, letters)) <= {hint for hints in HINTS.values() for hint in hints}
            count = len(set(zip(letters, numbers, strict=True)))
            padded = all(len(text) == 2 for text in numbers)
            if len(set(letters)) == 1 and (hinted or apart) and not padded:
                continue  # "f1", "f2" are fields, not wells of row F.
            found.append(((not hinted or len(set(letters)) > 1, padded, not apart, count), -place))
    return [-place for _, place in sorted(found, reverse=True)]


def _spells_row(columns: list[list[str]], place: int) -> bool:
    if place + 3 >= len(columns) or not all(text.isdigit() for i in (1, 3) for text in columns[place + i]):
        return False
    return {t.lower() for t in columns[place]} == {"r"} and {t.lower() for t in columns[place + 2]} == {"c"}


def _is_row(text: str) -> bool:
    letters = text.upper()
    return (len(letters) == 1 and "A" <= letters <= "Z") or (len(letters) == 2 and "AA" <= letters <= "AF")


def _is_column(text: str) -> bool:
    return text.isdigit() and len(text) <= 2 and 1 <= int(text) <= MAX_COLUMNS


def _name_numbers(columns: list[list[str]], parts: dict[int, str], way: _Way) -> None:
    """Name numbers by the letters before them, or behind them where they are times."""
    for place, column in enumerate(columns):
        if place in parts or not column[0].isdigit() or place <= min(parts):
            continue
        constant = len(set(column)) == 1
        if constant and way.varying:
            continue
        part = _hinted(columns, place) or ("channel" if _are_wavelengths(column) else "")
        if part in parts.values():
            part = "t" if not constant and part == "channel" and _word(columns, place - 1) == "d" else ""
        if part and part not in parts.values() and place - 1 not in parts:
            parts[place] = part


def _hinted(columns: list[list[str]], place: int) -> str:
    before, behind = _word(columns, place - 1), _word(columns, place + 1)
    if behind in TIMES and not before and len(set(columns[place])) > 1:
        return "t"
    return next((name for name, hints in HINTS.items() if before in hints), "")


def _are_wavelengths(column: list[str]) -> bool:
    return len(set(column)) > 1 and all(text.isdigit() and int(text) in WAVELENGTHS for text in set(column))


def _word(columns: list[list[str]], place: int) -> str:
    """Give the word that stands in all names at this place; "" where they differ."""
    column = columns[place] if place < len(columns) else [""]
    return column[0].lower() if len(set(column)) == 1 and column[0].isalpha() else ""


def _name_field(columns: list[list[str]], parts: dict[int, str]) -> None:
    """Name the first number behind the well that varies without a hint the site."""
    for place, column in enumerate(columns):
        free = place not in parts and column[0].isdigit() and len(set(column)) > 1
        if free and "site" not in parts.values() and place > min(parts):
            parts[place] = "site"


def _name_words(columns: list[list[str]], parts: dict[int, str], way: _Way) -> None:
    """Name a word behind the well that varies the channel: the first, or as `way` says a later one."""
    words = [
        place
        for place, column in enumerate(columns)
        if place not in parts and place > min(parts) and column[0].isalpha() and len(set(column)) > 1
    ]
    if words and "channel" not in parts.values():
        parts[words[min(way.word, len(words) - 1)]] = "channel"


def write_pattern(columns: list[list[str]], parts: dict[int, str]) -> str:
    """Write the pattern; what stands before the well is the plate, what varies and means nothing is "*"."""
    first = min(place for place, part in parts.items() if part == "row")
    apart = parts.get(first + 2) == "column" and not columns[first + 1][0].isalpha()
    spelled = parts.get(first + 2) == "column" and not apart
    start = first - 1 if spelled else first
    text = _prefix(columns[:start])
    place = start if text else 0
    while place < len(columns):
        if parts.get(place) == "row" and not spelled and not apart:
            text += "{well}"
            place += 2
            continue
        constant = len(set(columns[place])) == 1
        text += f"{{{parts[place]}}}" if place in parts else columns[place][0] if constant else "*"
        place += 1
    return re.sub(r"\*+", "*", text)


def _prefix(columns: list[list[str]]) -> str:
    """Give "{plate}" and the separator behind it, where something stands before the well."""
    if not columns:
        return ""
    separator = columns[-1][0] if not columns[-1][0].isalnum() else ""
    return "{plate}" + separator if len(columns) > 1 or not separator else ""
