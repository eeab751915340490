"""Guess a file-name pattern from the names themselves, to be shown and mended before it is used."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.readers.pattern import preview

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SAMPLE = 2000
"""So many names, spread over all, are looked at."""

MAX_COLUMNS = 48
"""Of a plate of 1536 wells."""

MOST_CHANNELS, MOST_LONELY = 12, 3
"""More channels, or more plates of a single well each, are none: microscopes have at most a dozen filters."""

PLACES = ("plate", "well", "row", "column", "site", "channel", "z", "t", "batch")

HINTS = {
    "site": ("s", "f", "site", "field", "fld", "fov", "p", "pos", "position", "xy"),
    "channel": ("w", "c", "ch", "chan", "channel", "wv", "wave", "wavelength", "d"),
    "z": ("z", "zstep", "plane", "slice", "stack"),
    "t": ("t", "tp", "time", "timepoint", "frame"),
}
"""What stands before the number of each part."""

_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
_SUFFIX = re.compile(r"(?:\.ome)?\.[A-Za-z]+$")


@dataclass(frozen=True)
class Guess:
    """A pattern for `compile_pattern`, and what it makes of the names that were looked at.

    Attributes
    ----------
    share
        Of the names, those that match: 0 to 1.
    doubts
        What speaks against it, each in half a sentence; a pattern that fits all names may still read a stage as a well.
    """

    pattern: str
    share: float
    unmatched: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def guess_pattern(names: Sequence[str]) -> Guess | None:
    """Guess a pattern from file names (their folders do not matter), or None where no part looks like a well."""
    step = max(1, len(names) // SAMPLE)
    sample = [name.rpartition("/")[2] for name in names[::step]]
    if not sample:
        return None
    shapes = Counter(_shape(name) for name in sample)
    for shape, _ in shapes.most_common(3):
        columns = _columns([name for name in sample if _shape(name) == shape])
        parts = _parts(columns)
        if parts is not None:
            pattern = _write(columns, parts)
            shown = preview(pattern, sample)
            return Guess(pattern, shown.share, shown.unmatched[:20], tuple(_doubts(shown.matched)))
    return None


def _doubts(matched: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Hold what a pattern makes of the names against what screens are like."""
    rows = [dict(groups) for groups in matched.values()]
    if not rows:
        return
    wells = [row.get("well") or row.get("row", "") + row.get("column", "") for row in rows]
    plates = [row.get("plate", "") for row in rows]
    if len(set(plates)) > MOST_LONELY and len(set(zip(plates, wells, strict=True))) == len(set(plates)):
        yield f"each of its {len(set(plates))} plates has one well only"
    if len(set(wells)) == 1 and len(rows) > 1:
        yield f"all images are of one well, {wells[0]}"
    channels = {row.get("channel", "") for row in rows}
    if len(channels) > MOST_CHANNELS:
        yield f"it finds {len(channels)} channels, such as {min(channels)}"
    sites = sorted({int(row["site"]) for row in rows if row.get("site", "").isdecimal()})
    if sites and sites[0] > 1:
        yield f"fields are numbered from {sites[0]}"
    keys = {tuple(row.get(name, "") for name in PLACES) for row in rows}
    if len(keys) < len(rows):
        yield f"{len(rows) - len(keys)} images get the place of another"


def _tokens(name: str) -> list[str]:
    suffix = match[0] if (match := _SUFFIX.search(name)) else ""
    return [*_TOKEN.findall(name.removesuffix(suffix)), *([suffix] if suffix else [])]


def _shape(name: str) -> tuple[str, ...]:
    """Give the kind of each token; separators stand for themselves."""
    tokens = _tokens(name)
    return tuple("a" if token.isalpha() else "0" if token.isdigit() else token for token in tokens)


def _columns(names: list[str]) -> list[list[str]]:
    return [list(column) for column in zip(*map(_tokens, names), strict=True)]


def _parts(columns: list[list[str]]) -> dict[int, str] | None:
    """Name the tokens that are parts; the two tokens of a well are "row" and "column"."""
    well = _well(columns)
    if well is None:
        return None
    parts = {well: "row", well + 1: "column"}
    if _spells_row(columns, well):
        parts = {well + 1: "row", well + 3: "column"}
    elif not columns[well + 1][0].isdigit():
        parts = {well: "row", well + 2: "column"}
    _name_numbers(columns, parts)
    _name_words(columns, parts)
    return parts


def _well(columns: list[list[str]]) -> int | None:
    """Find the letters and number that are a well, the pair that takes the most values; or "r", number, "c", number."""
    found = []
    for place in range(len(columns) - 1):
        if _spells_row(columns, place):
            return place
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
    return -max(found)[1] if found else None


def _spells_row(columns: list[list[str]], place: int) -> bool:
    if place + 3 >= len(columns) or not all(text.isdigit() for i in (1, 3) for text in columns[place + i]):
        return False
    return {t.lower() for t in columns[place]} == {"r"} and {t.lower() for t in columns[place + 2]} == {"c"}


def _is_row(text: str) -> bool:
    letters = text.upper()
    return (len(letters) == 1 and "A" <= letters <= "Z") or (len(letters) == 2 and "AA" <= letters <= "AF")


def _is_column(text: str) -> bool:
    return text.isdigit() and len(text) <= 2 and 1 <= int(text) <= MAX_COLUMNS


def _name_numbers(columns: list[list[str]], parts: dict[int, str]) -> None:
    """Name numbers by the letters before them; the first that varies without a hint is the site."""
    for place, column in enumerate(columns):
        if place in parts or not column[0].isdigit() or place <= min(parts):
            continue
        hint = columns[place - 1][0].lower()
        part = next((name for name, hints in HINTS.items() if hint in hints), None)
        if part and part not in parts.values() and place - 1 not in parts and len(set(columns[place - 1])) == 1:
            parts[place] = part
    for place, column in enumerate(columns):
        free = place not in parts and column[0].isdigit() and len(set(column)) > 1
        if free and "site" not in parts.values() and place > min(parts):
            parts[place] = "site"


def _name_words(columns: list[list[str]], parts: dict[int, str]) -> None:
    """Name the first word behind the well that varies the channel."""
    for place, column in enumerate(columns):
        if place in parts or place <= min(parts) or not column[0].isalpha() or len(set(column)) == 1:
            continue
        if "channel" not in parts.values():
            parts[place] = "channel"


def _write(columns: list[list[str]], parts: dict[int, str]) -> str:
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
