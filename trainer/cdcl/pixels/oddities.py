"""Images unlike most of a screen, told once all are decoded: each alone is fine, so none is refused."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cdcl.events import Warned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdcl.pixels.decoding import Decoded
    from cdcl.screen.screen import Screen
    from cdcl.tasks import Task

USUAL_SHARE = 0.9
"""Of images of one size: below it sizes vary by design, as crops of cells do, and no size is odd."""


class Oddities:
    """Kinds of numbers, sizes and remarks on files of the images that were decoded."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._kinds: dict[str, list[int]] = defaultdict(list)
        self._sizes: dict[str, list[int]] = defaultdict(list)
        self._remarks: list[str] = []

    def add(self, row: int, decoded: Decoded) -> None:
        """Keep what may turn out odd of an image."""
        height, width = decoded.pixels.shape[1:]
        self._kinds[str(decoded.pixels.dtype)].append(row)
        self._sizes[f"{width} x {height} pixels"].append(row)
        self._remarks += [decoded.remark] if decoded.remark else []

    def tell(self) -> Task[None]:
        """Name one image of each odd kind, size and depth."""
        total = sum(map(len, self._kinds.values()))
        for kind, usual, rows in _unusual(self._kinds):
            yield Warned(
                f"{len(rows)} of {total} images hold {kind} where the others hold {usual}, such as "
                f"{self._name(rows)}: an export that failed? Remove their rows, or save them anew."
            )
        for size, usual, rows in _unusual(self._sizes, USUAL_SHARE):
            yield Warned(
                f"{len(rows)} of {total} images have {size} where the others have {usual}, such as "
                f"{self._name(rows)}: of another magnification or binning? Remove their rows, or scan them apart."
            )
        if self._remarks:
            yield Warned(
                f"{len(self._remarks)} of {total} images have files of another depth, whose further planes are not "
                f"counted: {self._remarks[0]}."
            )

    def _name(self, rows: list[int]) -> str:
        return str(self._screen.paths(min(rows))[0])


def _unusual(groups: Mapping[str, list[int]], share: float = 0.0) -> list[tuple[str, str, list[int]]]:
    """Give each group but the largest, with the largest's name, where that holds at least `share` of all."""
    usual = max(groups, key=lambda name: len(groups[name]), default="")
    if len(groups) < 2 or len(groups[usual]) < share * sum(map(len, groups.values())):
        return []
    return [(name, usual, rows) for name, rows in groups.items() if name != usual]
