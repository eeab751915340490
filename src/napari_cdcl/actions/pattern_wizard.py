"""Read a screen by its file names: a pattern guessed, tried on all names, and its batches proposed. No Qt."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.choosing import Choice
from cdcl.readers.folding import fold
from cdcl.readers.guessing import guess_pattern
from cdcl.readers.metadata.batches import WAYS, assign_batches
from cdcl.readers.pattern import PARTS, compile_pattern, read_pattern
from cdcl.readers.plausibility import doubtful, find_doubts
from cdcl.readers.sources import Scan
from cdcl.readers.stacks import open_stacks
from cdcl.readers.walking import Tree, walk
from cdcl.screen.assembly import assemble
from cdcl.screen.natural import natural
from cdcl.screen.tables import write_screen
from napari_cdcl.actions.opening import Opened
from napari_cdcl.models.owned_files import check_own, note_own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

SHOWN = 80
"""Names that are shown, of those that match and of those that do not, spread over all."""
MOST_PLANES = 40
"""More planes of z in one stack are doubted: screens take a dozen."""
START = "{plate}_{well}_s{site}_w{channel}.tif"
"""Where nothing can be guessed."""
_BRACES = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Names:
    """The images below a folder, and the pattern that their names suggest ("" if none)."""

    tree: Tree
    pattern: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with a pattern, and where: characters `start` to `end` of it, none where both are 0."""

    reason: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Trial:
    """What a pattern makes of names.

    Attributes
    ----------
    groups
        The parts, in the order of the pattern.
    matched
        Some names that match, each with where its parts begin and end.
    unmatched
        Some that do not.
    num_matched, num_names
        How many there are of all.
    values
        Of each part, how often it takes each value.
    doubts
        What a user may have meant otherwise, a line each; those on the screen as a whole come first and begin with
        `cdcl.readers.plausibility.DOUBTFUL`.
    """

    pattern: str
    groups: tuple[str, ...]
    matched: tuple[tuple[str, dict[str, tuple[int, int]]], ...]
    unmatched: tuple[str, ...]
    num_matched: int
    num_names: int
    values: dict[str, Counter[str]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def look_at_names(folder: Path) -> Names:
    """List the images below a folder and guess a pattern; it may run in any thread.

    Raises
    ------
    ScreenError
        If it cannot be listed, or holds no images.
    """
    tree = walk(folder)
    if not tree.images:
        raise ScreenError(f"there are no images below {folder}; choose another folder.")
    guess = guess_pattern(tree.images)
    return Names(tree, guess.pattern if guess else "")


def find_fault(pattern: str) -> Fault | None:
    """Say what is wrong with a pattern, and at which of its characters."""
    if not pattern.strip():
        return Fault("write what the names look like, with parts in braces such as {well}")
    stray = _stray_brace(pattern)
    try:
        compile_pattern(pattern)
    except ScreenError as error:
        return _locate(pattern, error)
    return None if stray < 0 else Fault("this brace has no partner", stray, stray + 1)


def try_pattern(pattern: str, names: Sequence[str], wanted: Callable[[], bool] = lambda: True) -> Trial | None:
    """Try a pattern on all names; it may run in any thread, and gives None once it is not wanted any more.

    Raises
    ------
    ScreenError
        If it is no pattern.
    """
    compiled = compile_pattern(pattern)
    matched: list[str] = []
    unmatched: list[str] = []
    rows: list[dict[str, str]] = []
    values: dict[str, Counter[str]] = {name: Counter() for name in compiled.groupindex}
    for number, name in enumerate(names):
        if number % 512 == 0 and not wanted():
            return None
        match = _match(compiled, name)
        if match is None:
            unmatched.append(name)
            continue
        matched.append(name)
        rows.append({group: text or "" for group, text in match.groupdict().items()})
        rows[-1]["plate"] = rows[-1].get("plate") or name.rpartition("/")[0]
        for group, text in match.groupdict().items():
            values[group][text or ""] += 1
    shown = tuple((name, _spans(compiled, name)) for name in _some(matched))
    groups, count = tuple(compiled.groupindex), len(matched)
    doubts = (*(doubtful(doubt.text) for doubt in find_doubts(rows)), *_doubts(groups, values, count))
    return Trial(pattern, groups, shown, _some(unmatched), count, len(names), values, doubts)


def read_names(pattern: str, tree: Tree, z: str = "") -> Scan:
    """Read the screen that a pattern makes of a folder; it may run in any thread.

    Raises
    ------
    ScreenError
        If nothing matches, two files are one plane, or the plane is not there.
    """
    folded = fold(*open_stacks(read_pattern(pattern, tree), tree.root, Choice(z=z)))
    screen = assemble(folded.sites, source=tree.root, folder=tree.root)
    return Scan(screen, "pattern", folded.extent, (*tree.notes, *folded.notes))


def offer_batches(screen: Screen) -> dict[str, str]:
    """Describe every way that tells the plates into more than one batch; none is taken before the user does."""
    offers = {}
    for way, tell in WAYS.items():
        plates = screen.sites["plate"].groupby(tell(screen)).nunique()
        plates = plates[plates.index != ""]
        if len(plates) > 1:
            some = ", ".join(f"{name} ({count})" for name, count in list(plates.items())[:4])
            offers[way] = f"{way}: {some}{', …' if len(plates) > 4 else ''}"
    return offers


def open_names(scan: Scan, batches: str = "") -> Opened:
    """Make what was read ready to be shown, with the batches that were chosen."""
    return Opened(_with_batches(scan, batches), notes=scan.notes)


def save_names(session: Session, scan: Scan, batches: str, path: Path) -> None:
    """Write what was read as a table of the screen, which `cdcl` and the window open; never over another's file.

    Raises
    ------
    CDCLError
        If there is such a file, it is to be no .csv or .parquet, or cannot be written.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{path.name}: a screen's table is written as .csv or .parquet.")
    check_own(session, path)
    write_screen(_with_batches(scan, batches), path)
    note_own(session, path)


def _with_batches(scan: Scan, way: str) -> Screen:
    screen = assign_batches(scan.screen, way) if way else scan.screen
    return replace(screen)


def _match(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return pattern.fullmatch(name) or pattern.fullmatch(name.rpartition("/")[2])


def _spans(pattern: re.Pattern[str], name: str) -> dict[str, tuple[int, int]]:
    """Give where the parts of a name lie, counted from the beginning of the path."""
    whole = pattern.fullmatch(name)
    shift = 0 if whole else len(name) - len(name.rpartition("/")[2])
    match = whole or pattern.fullmatch(name[shift:])
    assert match is not None
    spans = {group: match.span(group) for group in pattern.groupindex}
    return {group: (begin + shift, end + shift) for group, (begin, end) in spans.items() if begin >= 0}


def _some(names: list[str]) -> tuple[str, ...]:
    step = max(1, len(names) // SHOWN)
    return tuple(names[::step][:SHOWN])


def _stray_brace(pattern: str) -> int:
    if "(?P<" in pattern:
        return -1
    bare = _BRACES.sub(lambda match: " " * len(match[0]), pattern)
    return next((place for place, letter in enumerate(bare) if letter in "{}"), -1)


def _locate(pattern: str, error: ScreenError) -> Fault:
    """Find the place that a message of `compile_pattern` is about."""
    cause, text = error.__cause__, str(error)
    if isinstance(cause, re.error) and cause.pos is not None and "(?P<" in pattern:
        return Fault(cause.msg, cause.pos, cause.pos + 1)
    named = re.search(r"has '(\{\w+\})'", text)
    if named and named[1] in pattern:
        start = pattern.index(named[1])
        return Fault(f"{named[1]} is no name: it begins with a digit", start, start + len(named[1]))
    stray = _stray_brace(pattern)
    if stray >= 0:
        return Fault("this brace has no partner", stray, stray + 1)
    if "names no well" in text:
        return Fault("no part says the well; write {well}, or {row} and {column}")
    return Fault(str(cause or text))


def _doubts(groups: tuple[str, ...], values: dict[str, Counter[str]], num_matched: int) -> tuple[str, ...]:
    doubts = []
    for name in groups:
        close = get_close_matches(name, PARTS, 1, 0.7) if name not in PARTS else []
        if close:
            doubts.append(f"{{{name}}} becomes a column of its own; did you mean {{{close[0]}}}?")
    for name, said in (("site", "each well has one field"), ("channel", "there is one channel")):
        if name not in groups and num_matched:
            doubts.append(f"No {{{name}}}: {said}.")
    if "plate" not in groups and num_matched:
        doubts.append("No {plate}: plates are named by their folders.")
    if len(values.get("z", ())) > MOST_PLANES:
        doubts.append(f"{len(values['z']):,} different values of z: that is hardly meant.")
    return tuple(doubts)


def list_values(values: Counter[str], most: int = 6) -> str:
    """Name the values of a part as people sort them: "1, 2, 3, …"."""
    names = sorted(values, key=natural)
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
