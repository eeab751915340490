"""All that a window shows at one moment, in one record that is replaced as a whole and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.channel_luts import ChannelLut
    from napari_cdcl.models.items import Items

COLOURS = ("treatment", "compound", "batch", "plate")
"""What colours items at first: the first of these that they have."""


NONE_SAVED: Mapping[str, NDArray[np.bool_]] = MappingProxyType({})
"""No selection has a name."""


def no_items() -> NDArray[np.bool_]:
    """Give the selection where there is nothing to select."""
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class SessionState:
    """The screen, the run, what is explored, how it is drawn, what is selected, and which field is on display.

    Every record that `opened` and `with_items` give is consistent: `row` is a row of `screen`, `selection` and `aside`
    are masks of `items`, `points` and `colour` name what `items` have.

    Attributes
    ----------
    screen, run, items
        What is open.
    row
        Of `screen.sites`, or -1.
    points, colour
        A projection and a column of `items`, or "".
    selection, aside
        Masks (N,) of `items`; `aside` may be None.
    focus
        The item that was asked for last, or -1.
    saved
        Selections that have a name, masks (N,) of `items`.
    luts
        How channels are drawn, by name; those of the screen that is open only.
    scope
        Where contrast limits come from: "plate", "screen" or "hand".
    extras
        What single panels want to find again when the run is opened the next time.
    cells_file
        Where the cells of the screen were kept last, if in this window.
    """

    screen: Screen | None = None
    run: Run | None = None
    items: Items | None = None
    row: int = -1
    points: str = ""
    colour: str = ""
    selection: NDArray[np.bool_] = field(default_factory=no_items)
    focus: int = -1
    aside: NDArray[np.bool_] | None = None
    saved: Mapping[str, NDArray[np.bool_]] = field(default_factory=lambda: NONE_SAVED)
    luts: Mapping[str, ChannelLut] = field(default_factory=dict)
    scope: str = "plate"
    extras: Mapping[str, str] = field(default_factory=dict)
    cells_file: Path | None = None

    def opened(self, screen: Screen | None, run: Run | None = None, items: Items | None = None) -> SessionState:
        """Give what follows when something is opened; of another screen nothing is kept but the chosen colour.

        Where `items` are None, fields are explored; those of the same screen stay as they are.
        """
        shown = self
        if screen is not self.screen:
            row = 0 if screen is not None and len(screen) else -1
            shown = SessionState(screen=screen, row=row, colour=self.colour)
        if run != self.run:
            shown = replace(shown, extras={})
        if items is None and screen is not None:
            from napari_cdcl.models.items import Items  # brings pandas, which an empty window does without

            are_fields = shown.items is not None and shown.items.values is None and run == self.run
            items = shown.items if are_fields else Items.of_screen(screen)
        return replace(shown, run=run).with_items(items)

    def with_items(self, items: Items | None) -> SessionState:
        """Give what follows when other items are explored: nothing is selected, and a colour they have stays."""
        if items is self.items:
            return self
        has_colour = items is not None and self.colour in items.table
        return replace(
            self,
            items=items,
            points="" if items is None else next(iter(items.points), ""),
            colour=self.colour if has_colour else first_colour(items),
            selection=frozen(np.zeros(0 if items is None else len(items), dtype=np.bool_)),
            focus=-1,
            aside=None,
            saved=NONE_SAVED,
        )


def first_colour(items: Items | None) -> str:
    """Choose what colours items at first, or ""."""
    return "" if items is None else next((name for name in COLOURS if name in items.table), "")


def frozen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Copy a mask that nobody can write to."""
    mask = np.array(mask, dtype=np.bool_)
    mask.flags.writeable = False
    return mask


def changed_fields(old: SessionState, new: SessionState) -> set[str]:
    """Name what is another in `new`.

    What belongs to a screen or to items counts as another with them, even if it looks alike: row 0 of another screen is
    another field.
    """
    changed = {one.name for one in fields(SessionState) if not _same(getattr(old, one.name), getattr(new, one.name))}
    if "screen" in changed:
        changed |= {"row", "items", "luts"}
    if "items" in changed:
        changed |= {"points", "colour", "selection", "aside", "saved"}
    return changed


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other))
    return one is other or (type(one) is type(other) and isinstance(one, str | int | dict) and one == other)
