"""Hold what a pattern makes of file names against what screens are like: a pattern that fits may still mean nothing."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from cdcl.screen.natural import natural
from cdcl.screen.plates import normalise_well, well_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PLACES = ("plate", "well", "row", "column", "site", "channel", "z", "t", "batch")
"""What tells one plane from another."""

MOST_CHANNELS, MOST_LONELY = 12, 3
"""More channels, or more plates of a single well each, are none: microscopes have at most a dozen filters."""

WAVELENGTHS = range(300, 1101)
"""Nanometres, of light that microscopes work with: numbers that all lie there are channels, by their filters."""

MOST_ROWS, MOST_COLUMNS, MANY_WELLS = 16, 24, 384
"""Of a plate of 384 wells; who goes beyond it has one of 1536, and uses more wells than one of 384 has."""

FIRST_ROWS = ("A", "B")
"""A screen that uses one row only uses the first, or the second where the edge is left out."""

DOUBTFUL = "the names may mean something else: "
"""So begins every remark of this kind."""

_LETTERS_FIRST = re.compile(r"([A-Z]{1,2})(\d+)")
_TIME = re.compile(r"\d+[.,]?\d*\s*(?:h|hr|hrs|hours?|d|days?|min|mins|minutes?|sec|weeks?)|"
                   r"(?:h|hr|hour|hpi|hpf|day|min|week|time|timepoint)[ _-]?\d+", re.IGNORECASE)  # fmt: skip


class Doubt(NamedTuple):
    """What speaks against a reading of names, in half a sentence, and by how much: 1 is odd, 2 hardly meant.

    `refused` says that whoever reads by the pattern refuses it anyway, and says why.
    """

    text: str
    weight: int
    refused: bool = False


def find_doubts(rows: Sequence[Mapping[str, str]]) -> list[Doubt]:
    """Find what is unlike a screen in the parts of names; of several, the gravest first.

    Parameters
    ----------
    rows
        Of each name the parts that a pattern finds in it, as `cdcl.readers.pattern.PARTS` calls them.
    """
    found = [doubt for rule in _RULES for doubt in rule(rows)] if rows else []
    return sorted(found, key=lambda doubt: -doubt.weight)


def find_doubtful_wells(rows: Sequence[Mapping[str, str]]) -> list[Doubt]:
    """Find what is unlike a plate in the wells of names whose other parts are marked; of a single image, nothing."""
    return list(_wells(rows)) if len(rows) > 1 else []


def doubtful(text: str) -> str:
    """Write a doubt as a remark."""
    return f"{DOUBTFUL}{text}" + ("" if text.endswith("?") else ".")


def _well(row: Mapping[str, str]) -> str:
    if row.get("well"):
        return normalise_well(row["well"])
    letters, column = row.get("row", ""), row.get("column", "")
    if letters.isdecimal() and column.isdecimal() and int(letters) > 0:
        return well_name(int(letters), int(column))
    return normalise_well(letters + column)


def _lonely_plates(rows: Sequence[Mapping[str, str]]) -> Iterator[Doubt]:
    pairs = {(row.get("plate", ""), _well(row)) for row in rows}
    plates = {plate for plate, _ in pairs}
    # Of fewer than two names a plate nobody knows whether it has more wells.
    if len(plates) > MOST_LONELY and len(pairs) == len(plates) and len(rows) >= 2 * len(plates):
        yield Doubt(f"each of its {len(plates)} plates has one well only", 2)


def _wells(rows: Sequence[Mapping[str, str]]) -> Iterator[Doubt]:
    wells = sorted({_well(row) for row in rows}, key=natural)
    if len(wells) == 1 and len({(row.get("plate"), row.get("site")) for row in rows}) > 1:
        yield Doubt(f"all images are of one well, {wells[0]}", 2)
        return
    matches = [match for well in wells if (match := _LETTERS_FIRST.fullmatch(well))]
    letters = {match[1] for match in matches}
    if len(letters) == 1 and len(matches) == len(wells) and not letters & set(FIRST_ROWS):
        named = f"{wells[0]} to {wells[-1]}" if len(wells) > 2 else " and ".join(wells)
        yield Doubt(f"all wells lie in row {letters.pop()}: are {named} wells?", 1)
    beyond = [match[0] for match in matches if not _on_384(match[1], int(match[2]))]
    if beyond and len(wells) <= MANY_WELLS:
        yield Doubt(f"well {beyond[0]} is on no plate of {MANY_WELLS} wells", 1)


def _on_384(letters: str, column: int) -> bool:
    return len(letters) == 1 and ord(letters) - ord("A") < MOST_ROWS and 1 <= column <= MOST_COLUMNS


def _channels(rows: Sequence[Mapping[str, str]]) -> Iterator[Doubt]:
    channels = sorted({row.get("channel", "") for row in rows}, key=natural)
    if len(channels) > MOST_CHANNELS:
        yield Doubt(f"it finds {len(channels)} channels, such as {channels[0]} and {channels[-1]}", 2)
    numbers = [int(name) for name in channels if name.isdecimal()]
    if numbers and len(channels) > 1:
        largest = max(numbers)
        if largest > MOST_CHANNELS and not set(numbers) <= set(WAVELENGTHS):
            yield Doubt(f"channels are numbered up to {largest}", 2)
    times = [name for name in channels if _TIME.fullmatch(name.strip())]
    if times and len(times) == len(channels):
        yield Doubt(f"its channels look like times, such as {times[-1]}", 2)


def _sites(rows: Sequence[Mapping[str, str]]) -> Iterator[Doubt]:
    sites = sorted({int(row["site"]) for row in rows if row.get("site", "").isdecimal()})
    if not sites:
        return
    if sites[0] > 1:
        yield Doubt(f"fields are numbered from {sites[0]}", 1)
    steps = {later - earlier for earlier, later in itertools.pairwise(sites)}
    if len(sites) > 2 and len(steps) == 1 and steps != {1}:
        yield Doubt(f"fields are numbered {sites[0]}, {sites[1]}, {sites[2]}: are those times?", 1)


def _shared_places(rows: Sequence[Mapping[str, str]]) -> Iterator[Doubt]:
    keys = {tuple(row.get(name, "") for name in PLACES) for row in rows}
    if len(keys) < len(rows):
        yield Doubt(f"{len(rows) - len(keys):,} images get the place of another", 2, refused=True)


_RULES: tuple[Callable[[Sequence[Mapping[str, str]]], Iterator[Doubt]], ...] = (
    _lonely_plates, _wells, _channels, _sites, _shared_places,
)  # fmt: skip
