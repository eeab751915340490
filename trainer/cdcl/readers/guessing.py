"""Guess a file-name pattern from the names themselves, to be shown and mended before it is used."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.readers.name_parts import columns_of, readings, shape_of, write_pattern
from cdcl.readers.pattern import preview
from cdcl.readers.plausibility import find_doubts

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE, BLOCKS, BLOCK = 1000, 20, 50
"""So many names are drawn from all, and so many stretches of so many neighbours, which differ in single parts."""


@dataclass(frozen=True)
class Guess:
    """A pattern for `compile_pattern`, and what it makes of the names that were looked at.

    Attributes
    ----------
    share
        Of the names, those that match: 0 to 1.
    doubts
        What speaks against it, each in half a sentence; a pattern that fits all names may still read a stage as a well.
    plausibility
        `share`, halved for each point of doubt.
    """

    pattern: str
    share: float
    unmatched: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    plausibility: float = 1.0


def guess_pattern(names: Sequence[str]) -> Guess | None:
    """Guess a pattern from file names.

    Of the ways to read the three commonest kinds of names the most plausible is taken, and of equals the plainest.

    Parameters
    ----------
    names
        File names or paths; only what follows the last "/" matters. Of more than 2000 names 2000 at most are looked at.

    Returns
    -------
    Guess or None
        None where no part of the names looks like a well.
    """
    sample = [name.rpartition("/")[2] for name in _sample(names)]
    shapes = Counter(map(shape_of, sample))
    best: Guess | None = None
    for shape, _ in shapes.most_common(3):
        columns = columns_of([name for name in sample if shape_of(name) == shape])
        for pattern in dict.fromkeys(write_pattern(columns, parts) for parts in readings(columns)):
            guess = _judged(pattern, sample)
            if best is None or guess.plausibility > best.plausibility:
                best = guess
            if best.plausibility > 1 / 2:
                return best
    return best


def _sample(names: Sequence[str]) -> Sequence[str]:
    """Draw names and stretches of neighbours: every n-th name would miss what comes and goes with n."""
    if len(names) <= SAMPLE + BLOCKS * BLOCK:
        return names
    draw = random.Random(0)  # the same names give the same guess
    places = set(draw.sample(range(len(names)), SAMPLE))
    for start in draw.sample(range(len(names) - BLOCK), BLOCKS):
        places |= set(range(start, start + BLOCK))
    return [names[place] for place in sorted(places)]


def _judged(pattern: str, sample: Sequence[str]) -> Guess:
    shown = preview(pattern, sample)
    doubts = find_doubts(list(shown.matched.values()))
    weight = sum(doubt.weight for doubt in doubts)
    return Guess(
        pattern, shown.share, shown.unmatched[:20], tuple(doubt.text for doubt in doubts), shown.share * 0.5**weight
    )
