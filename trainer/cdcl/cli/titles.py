"""What profiles are called that stand side by side: by what tells them apart, never by where they stand in a list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cdcl.events import Warned

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from cdcl.tasks import Task


def once(sources: Sequence[Path]) -> Task[list[Path]]:
    """Leave out what is given twice, by another path too: it would be its own rival."""
    kept: dict[Path, Path] = {}
    for source in sources:
        first = kept.setdefault(source.resolve(), source)
        if first is not source:
            yield Warned(f"{source} is {first}, given before: it takes part once.")
    return list(kept.values())


def titles_of(sources: Sequence[Path], taken: Collection[str] = ()) -> list[str]:
    """Name runs and files by their last part, and as much of the path before it as tells those apart that share it.

    Parameters
    ----------
    sources
        Each once (`once`).
    taken
        Names that stand for something else.

    Returns
    -------
    list of str
        All different, in the order of `sources`.
    """
    lengths = [0] * len(sources)
    while True:
        titles = [_title(source.resolve(), length) for source, length in zip(sources, lengths, strict=True)]
        counts = Counter([*titles, *set(taken)])
        alike = [
            place
            for place, source in enumerate(sources)
            if counts[titles[place]] > 1 and lengths[place] < len(source.resolve().parts)
        ]
        if not alike:
            return titles
        for place in alike:
            lengths[place] += 1


def _title(source: Path, length: int) -> str:
    """Give the name, without a file's ending; then the name as it is; then with ever more folders before it."""
    if length == 0 and not source.is_dir():
        return source.name.split(".")[0] or source.name
    return "/".join(source.parts[-max(1, length) :])
