"""What the window of one viewer shows: the one truth that panels and layers observe. No Qt, no napari."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from psygnal import Signal

from napari_cdcl.models.items import Items
from napari_cdcl.models.plates import ItemWells, PlateLayout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.channel_luts import ChannelLut


class Session:
    """The screen, the run, what is explored, how it is drawn, what is selected and which field is on display.

    Panels and layers read it, listen to its signals and ask `napari_cdcl.actions` to change it. A signal is emitted
    when a value has become another one; to set what is there already is silent, so that links in both directions end.
    """

    screen_changed = Signal(object)
    """Screen or None."""
    screen_relabelled = Signal(object)
    """Screen: the same fields, of which something else is said; what is on display and selected stays."""
    run_changed = Signal(object)
    """Run or None: the run that profiles and attention come from."""
    row_changed = Signal(int)
    """The row of `screen.sites` on display, or -1."""
    items_changed = Signal(object)
    """Items or None. Selection and projection begin anew with it, before it is told."""
    items_extended = Signal(object)
    """Items: the same rows, with a column or a projection more; the selection stays."""
    points_changed = Signal(str)
    """The name of the projection that is drawn, or ""."""
    colour_changed = Signal(str)
    """The column that colours plate map and scatter, or ""."""
    selection_changed = Signal(object)
    """Mask (N,) of the selected items."""
    focus_changed = Signal(int)
    """The item that was asked for by a double click, or -1: viewers centre on it."""
    aside_changed = Signal(object)
    """Mask (N,) of the items set aside to compare a selection with, or None."""
    luts_changed = Signal(object)
    """How channels are drawn, by name."""
    scope_changed = Signal(str)
    """Where contrast limits come from: "plate", "screen" or "hand"."""
    told = Signal(str)
    """A line for the user: what was done, or what is wrong and how to mend it."""

    def __init__(self) -> None:
        self._screen: Screen | None = None
        self._run: Run | None = None
        self._row = -1
        self._items: Items | None = None
        self._points = ""
        self._colour = ""
        self._selection = np.zeros(0, dtype=np.bool_)
        self._focus = -1
        self._aside: NDArray[np.bool_] | None = None
        self._luts: dict[str, ChannelLut] = {}
        self._scope = "plate"
        self.extras: dict[str, str] = {}
        """What single panels want to find again when the run is opened the next time."""
        self.cells_file: Path | None = None
        """Where the cells of the screen were kept last, if in this window."""
        self.written: set[Path] = set()
        """Files that this window has made and may replace; it writes over no others."""
        self._plate_layout: PlateLayout | None = None
        self._item_wells: ItemWells | None = None

    @property
    def screen(self) -> Screen | None:
        """The screen that is open."""
        return self._screen

    @screen.setter
    def screen(self, screen: Screen | None) -> None:
        if screen is self._screen:
            return
        self._row, self._screen, self._plate_layout, self.cells_file = -1, screen, None, None
        self.scope = "plate"
        self.screen_changed.emit(screen)
        self.items = None if screen is None else Items.of_screen(screen)

    def relabel(self, screen: Screen, columns: Sequence[str]) -> None:
        """Take over the same fields with other values in `columns`; the field on display and the selection stay."""
        assert self._screen is not None
        assert len(screen) == len(self._screen)
        self._screen, self._plate_layout, self._item_wells = screen, None, None
        if self._items is not None:
            self._items = self._items.relabelled(screen, columns)
        self.screen_relabelled.emit(screen)
        if self._items is not None:
            if self._colour not in self._items.table:
                self._colour = _first_colour(self._items)
            self.items_extended.emit(self._items)
            self.colour_changed.emit(self._colour)

    @property
    def run(self) -> Run | None:
        """The run that profiles and attention come from."""
        return self._run

    @run.setter
    def run(self, run: Run | None) -> None:
        if run != self._run:
            self._run = run
            self.run_changed.emit(run)

    @property
    def row(self) -> int:
        """The row of `screen.sites` on display, or -1."""
        return self._row

    @row.setter
    def row(self, row: int) -> None:
        if row == self._row:
            return
        assert self._screen is not None
        assert -1 <= row < len(self._screen)
        self._row = row
        self.row_changed.emit(row)

    @property
    def items(self) -> Items | None:
        """What is explored."""
        return self._items

    @items.setter
    def items(self, items: Items | None) -> None:
        if items is self._items:
            return
        self._items, self._item_wells, self._aside = items, None, None
        self._selection = np.zeros(0 if items is None else len(items), dtype=np.bool_)
        self._focus = -1
        self._points = "" if items is None else next(iter(items.points), "")
        if items is None or self._colour not in items.table:
            self._colour = "" if items is None else _first_colour(items)
        self.items_changed.emit(items)
        self.colour_changed.emit(self._colour)
        self.points_changed.emit(self._points)
        self.selection_changed.emit(self._selection)
        self.aside_changed.emit(None)

    def extend_items(
        self,
        columns: Mapping[str, pd.Series | NDArray[Any]] | None = None,
        points: Mapping[str, NDArray[np.float32]] | None = None,
        axes: Mapping[str, tuple[str, str]] | None = None,
        corners: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        """Give the items more columns or projections, or others of that name."""
        items = self._items
        assert items is not None
        table = items.table.assign(**columns) if columns else items.table
        own_axes, own_points = {**items.axes, **(axes or {})}, {**items.points, **(points or {})}
        own_corners = {**items.corners, **(corners or {})}
        self._items = replace(items, table=table, points=own_points, axes=own_axes, corners=own_corners)
        self.items_extended.emit(self._items)
        if points and self._points in ("", *points):
            self._points = self._points or next(iter(points))
            self.points_changed.emit(self._points)
        if columns and self._colour in columns:
            self.colour_changed.emit(self._colour)

    @property
    def plate_layout(self) -> PlateLayout | None:
        """The plates and wells of the screen."""
        if self._plate_layout is None and self._screen is not None:
            self._plate_layout = PlateLayout.of(self._screen)
        return self._plate_layout

    @property
    def item_wells(self) -> ItemWells | None:
        """Which items lie in which well."""
        if self._item_wells is None and self._items is not None and self.plate_layout is not None:
            self._item_wells = ItemWells.of(self._items, self.plate_layout)
        return self._item_wells

    @property
    def points(self) -> str:
        """The projection that is drawn: a key of `items.points`, or ""."""
        return self._points

    @points.setter
    def points(self, name: str) -> None:
        if name != self._points:
            self._points = name
            self.points_changed.emit(name)

    @property
    def colour(self) -> str:
        """The column of `items.table` that colours plate map and scatter, or ""."""
        return self._colour

    @colour.setter
    def colour(self, column: str) -> None:
        if column != self._colour:
            self._colour = column
            self.colour_changed.emit(column)

    @property
    def selection(self) -> NDArray[np.bool_]:
        """Mask of the selected items, shape (N,); not to be written to."""
        return self._selection

    @selection.setter
    def selection(self, mask: NDArray[np.bool_]) -> None:
        assert mask.shape == self._selection.shape
        if not np.array_equal(mask, self._selection):
            self._selection = np.array(mask, dtype=np.bool_)
            self._selection.flags.writeable = False
            self.selection_changed.emit(self._selection)

    @property
    def focus(self) -> int:
        """The item that was asked for last, or -1."""
        return self._focus

    @focus.setter
    def focus(self, item: int) -> None:
        self._focus = item
        self.focus_changed.emit(item)  # even if it is the same: the user asked again

    @property
    def aside(self) -> NDArray[np.bool_] | None:
        """The items set aside to compare a selection with."""
        return self._aside

    @aside.setter
    def aside(self, mask: NDArray[np.bool_] | None) -> None:
        self._aside = None if mask is None else np.array(mask, dtype=np.bool_)
        self.aside_changed.emit(self._aside)

    @property
    def luts(self) -> Mapping[str, ChannelLut]:
        """How channels are drawn, by name."""
        return self._luts

    @luts.setter
    def luts(self, looks: Mapping[str, ChannelLut]) -> None:
        if dict(looks) != self._luts:
            self._luts = dict(looks)
            self.luts_changed.emit(self._luts)

    @property
    def scope(self) -> str:
        """Where contrast limits come from: measured on the "plate" or the "screen", or set by "hand"."""
        return self._scope

    @scope.setter
    def scope(self, scope: str) -> None:
        if scope != self._scope:
            self._scope = scope
            self.scope_changed.emit(scope)


_SESSIONS: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(viewer: Any) -> Session:
    """Give the session of a viewer, the same to every panel of its window; viewers share nothing."""
    # napari hands plugins a proxy that dies with the panel; the viewer behind it lives as long as its window.
    viewer = getattr(viewer, "__wrapped__", viewer)
    return _SESSIONS.setdefault(viewer, Session())


def _first_colour(items: Items) -> str:
    known = [name for name in ("treatment", "compound", "batch", "plate") if name in items.table]
    return known[0] if known else ""
