"""What the window of one viewer shows: the one truth that panels and layers observe. No Qt, no napari."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from napari_cdcl.models.resilient_signal import resilient_signal
from napari_cdcl.models.session_state import SessionState, changed_fields, first_colour, frozen
from napari_cdcl.models.table_history import TableChange, TableHistory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.channel_luts import ChannelLut
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.plates import ItemWells, PlateLayout

NAMES = "names"
"""Among `Session.unsaved`: they lie beside the items, and go with them."""
ORDER = ("screen", "run", "items", "points", "colour", "selection", "aside", "saved", "scope", "luts", "row")
"""What is told, and in which order; all of it is in place before the first is told."""


class Session:
    """The state of one window, and signals that tell when it has become another.

    Panels and layers read it, listen to its signals and ask `napari_cdcl.actions` to change it. Every change replaces
    the whole state at once (`become`), and only then tells what is another: a listener never sees half of a change, and
    one that fails keeps no other from hearing. What a listener sets is told after the round it was set in. To set what
    is there already is silent, so that links in both directions end.
    """

    screen_changed = resilient_signal(object)
    """Screen or None."""
    screen_relabelled = resilient_signal(object)
    """Screen: the same fields, of which something else is said; what is on display and selected stays."""
    screen_reopened = resilient_signal(object)
    """Screen: it was opened again; what the user has taken away of it comes back."""
    run_changed = resilient_signal(object)
    """Run or None: the run that profiles and attention come from."""
    row_changed = resilient_signal(int)
    """The row of `screen.sites` on display, or -1."""
    items_changed = resilient_signal(object)
    """Items or None. Selection and projection begin anew with it, before it is told."""
    items_extended = resilient_signal(object)
    """Items: the same rows, with a column or a projection more; the selection stays."""
    points_changed = resilient_signal(str)
    """The name of the projection that is drawn, or ""."""
    colour_changed = resilient_signal(str)
    """The column that colours plate map and scatter, or ""."""
    selection_changed = resilient_signal(object)
    """Mask (N,) of the selected items."""
    focus_changed = resilient_signal(int)
    """The item that was asked for by a double click, or -1: viewers centre on it."""
    aside_changed = resilient_signal(object)
    """Mask (N,) of the items set aside to compare a selection with, or None."""
    saved_changed = resilient_signal(object)
    """Selections that have a name: masks (N,) by name."""
    luts_changed = resilient_signal(object)
    """How channels are drawn, by name."""
    scope_changed = resilient_signal(str)
    """Where contrast limits come from: "plate", "screen" or "hand"."""
    told = resilient_signal(str)
    """A line for the user: what was done, or what is wrong and how to mend it."""
    panel_wanted = resilient_signal(str)
    """The name of a panel, as napari's menu has it, that is to be shown."""
    images_lost = resilient_signal(object)
    """What was opened (`actions.Opened`), whose images are not where its table says: somebody asks where they are."""
    replacing = resilient_signal(object)
    """`actions.Opened` that napari itself has opened while something is not saved: somebody asks whether it may go."""
    failed = resilient_signal(object)
    """Exception: a listener of one of these signals has raised it."""

    def __init__(self) -> None:
        self._state = SessionState()
        self._waiting: set[str] = set()
        self._telling = False
        self.written: set[Path] = set()
        """Files that this window has made and may replace; it writes over no others."""
        self.unsaved: dict[str, str] = {}
        """What was made here and is in no file, and how it is saved; it goes with the screen."""
        self.table_history = TableHistory()
        """What changes of the table can be taken back; it begins anew with other items."""
        self._plate_layout: PlateLayout | None = None
        self._item_wells: ItemWells | None = None

    @property
    def state(self) -> SessionState:
        """All of it, at this moment."""
        return self._state

    def become(self, state: SessionState) -> None:
        """Replace the state by another one, then tell what has changed."""
        old, self._state = self._state, state
        if state.screen is not old.screen:
            self.unsaved.clear()
            self._plate_layout = self._item_wells = None
        if state.items is not old.items:
            self._item_wells = None
            self.table_history.clear()
            self.unsaved.pop(NAMES, None)
        self._waiting |= changed_fields(old, state) & set(ORDER)
        self._tell()

    def open(self, screen: Screen | None, run: Run | None = None, items: Items | None = None, **others: Any) -> None:
        """Open a screen, a run on it, or a table of profiles, in one step; nothing of another screen is left.

        Parameters
        ----------
        items
            What is explored; None explores the fields.
        others
            Fields of `SessionState` that are to be otherwise than `SessionState.opened` gives them.
        """
        self.become(replace(self._state.opened(screen, run, items), **others))

    def _tell(self) -> None:
        """Tell what waits, the first of `ORDER` first; what listeners set meanwhile joins it."""
        if self._telling:
            return
        self._telling, errors = True, []
        try:
            while self._waiting:
                name = next(name for name in ORDER if name in self._waiting)
                self._waiting.discard(name)
                try:
                    getattr(self, f"{name}_changed").emit(getattr(self._state, name))
                except Exception as error:  # the others are told all the same
                    errors.append(error)
        finally:
            self._telling = False
        if errors:
            raise errors[0]

    def _set(self, **changes: Any) -> None:
        self.become(replace(self._state, **changes))

    @property
    def screen(self) -> Screen | None:
        """The screen that is open."""
        return self._state.screen

    @screen.setter
    def screen(self, screen: Screen | None) -> None:
        if screen is not self._state.screen:
            self.open(screen)

    def relabel(self, screen: Screen, columns: Sequence[str]) -> None:
        """Take over the same fields with other values in `columns`; the field on display and the selection stay."""
        self.table_history.push(TableChange(screen=self._state.screen, labels=tuple(columns)))
        self._relabel(screen, columns)

    def _relabel(self, screen: Screen, columns: Sequence[str]) -> None:
        state = self._state
        assert state.screen is not None
        assert len(screen) == len(state.screen)
        items = None if state.items is None else state.items.relabelled(screen, columns)
        colour = state.colour if items is None or state.colour in items.table else first_colour(items)
        self._state = replace(state, screen=screen, items=items, colour=colour)
        self._plate_layout = self._item_wells = None
        self.screen_relabelled.emit(screen)
        if items is not None:
            self.items_extended.emit(items)
            self.colour_changed.emit(colour)

    @property
    def run(self) -> Run | None:
        """The run that profiles and attention come from."""
        return self._state.run

    @run.setter
    def run(self, run: Run | None) -> None:
        if run != self._state.run:
            self._set(run=run)

    @property
    def row(self) -> int:
        """The row of `screen.sites` on display, or -1."""
        return self._state.row

    @row.setter
    def row(self, row: int) -> None:
        if row == self._state.row:
            return
        assert self._state.screen is not None
        assert -1 <= row < len(self._state.screen)
        self._set(row=row)

    @property
    def items(self) -> Items | None:
        """What is explored."""
        return self._state.items

    @items.setter
    def items(self, items: Items | None) -> None:
        if items is not self._state.items:
            self.become(self._state.with_items(items))

    def extend_items(
        self,
        columns: Mapping[str, pd.Series | NDArray[Any]] | None = None,
        points: Mapping[str, NDArray[np.float32]] | None = None,
        axes: Mapping[str, tuple[str, str]] | None = None,
        corners: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        """Give the items more columns or projections, or others of that name."""
        items, drawn = self._state.items, self._state.points
        assert items is not None
        if columns:
            self.table_history.push(TableChange({name: items.table.get(name) for name in columns}))
        table = items.table.assign(**columns) if columns else items.table
        own_axes, own_points = {**items.axes, **(axes or {})}, {**items.points, **(points or {})}
        own_corners = {**items.corners, **(corners or {})}
        items = replace(items, table=table, points=own_points, axes=own_axes, corners=own_corners)
        moved = bool(points) and drawn in ("", *(points or ()))
        self._state = replace(self._state, items=items, points=drawn or next(iter(points or ()), ""))
        self.items_extended.emit(items)
        if moved:
            self.points_changed.emit(self._state.points)
        if columns and self._state.colour in columns:
            self.colour_changed.emit(self._state.colour)

    def put_back(self, change: TableChange) -> TableChange:
        """Give columns, or labels of the screen, the values they had, and return what these replace."""
        if change.screen is not None:
            inverse = TableChange(screen=self._state.screen, labels=change.labels)
            self._relabel(change.screen, change.labels)
            return inverse
        items = self._state.items
        assert items is not None
        inverse = TableChange({name: items.table.get(name) for name in change.columns})
        gone = [name for name, values in change.columns.items() if values is None and name in items.table]
        there = {name: values for name, values in change.columns.items() if values is not None}
        items = replace(items, table=items.table.drop(columns=gone).assign(**there))
        colour = self._state.colour
        self._state = replace(self._state, items=items, colour=first_colour(items) if colour in gone else colour)
        self.items_extended.emit(items)
        if colour in change.columns:
            self.colour_changed.emit(self._state.colour)
        return inverse

    @property
    def plate_layout(self) -> PlateLayout | None:
        """The plates and wells of the screen."""
        if self._plate_layout is None and self._state.screen is not None:
            from napari_cdcl.models.plates import PlateLayout  # brings the table of a screen, which there is now

            self._plate_layout = PlateLayout.of(self._state.screen)
        return self._plate_layout

    @property
    def item_wells(self) -> ItemWells | None:
        """Which items lie in which well."""
        layout, items = self.plate_layout, self._state.items
        if self._item_wells is None and items is not None and layout is not None:
            from napari_cdcl.models.plates import ItemWells

            self._item_wells = ItemWells.of(items, layout)
        return self._item_wells

    @property
    def points(self) -> str:
        """The projection that is drawn: a key of `items.points`, or ""."""
        return self._state.points

    @points.setter
    def points(self, name: str) -> None:
        if name != self._state.points:
            self._set(points=name)

    @property
    def colour(self) -> str:
        """The column of `items.table` that colours plate map and scatter, or ""."""
        return self._state.colour

    @colour.setter
    def colour(self, column: str) -> None:
        if column != self._state.colour:
            self._set(colour=column)

    @property
    def selection(self) -> NDArray[np.bool_]:
        """Mask of the selected items, shape (N,); not to be written to."""
        return self._state.selection

    @selection.setter
    def selection(self, mask: NDArray[np.bool_]) -> None:
        assert mask.shape == self._state.selection.shape
        if not np.array_equal(mask, self._state.selection):
            self._set(selection=frozen(mask))

    @property
    def focus(self) -> int:
        """The item that was asked for last, or -1."""
        return self._state.focus

    @focus.setter
    def focus(self, item: int) -> None:
        self._state = replace(self._state, focus=item)
        self.focus_changed.emit(item)  # even if it is the same: the user asked again

    @property
    def aside(self) -> NDArray[np.bool_] | None:
        """The items set aside to compare a selection with."""
        return self._state.aside

    @aside.setter
    def aside(self, mask: NDArray[np.bool_] | None) -> None:
        self._set(aside=None if mask is None else frozen(mask))

    @property
    def saved(self) -> Mapping[str, NDArray[np.bool_]]:
        """Selections that have a name, masks (N,); not to be written to."""
        return self._state.saved

    @saved.setter
    def saved(self, saved: Mapping[str, NDArray[np.bool_]]) -> None:
        assert all(mask.shape == self._state.selection.shape for mask in saved.values())
        self._set(saved=MappingProxyType({name: frozen(mask) for name, mask in saved.items()}))

    @property
    def luts(self) -> Mapping[str, ChannelLut]:
        """How channels are drawn, by name."""
        return self._state.luts

    @luts.setter
    def luts(self, luts: Mapping[str, ChannelLut]) -> None:
        if dict(luts) != self._state.luts:
            self._set(luts=dict(luts))

    @property
    def scope(self) -> str:
        """Where contrast limits come from: measured on the "plate" or the "screen", or set by "hand"."""
        return self._state.scope

    @scope.setter
    def scope(self, scope: str) -> None:
        if scope != self._state.scope:
            self._set(scope=scope)

    @property
    def extras(self) -> Mapping[str, str]:
        """What single panels want to find again when the run is opened the next time."""
        return self._state.extras

    @extras.setter
    def extras(self, extras: Mapping[str, str]) -> None:
        self._state = replace(self._state, extras=dict(extras))

    @property
    def cells_file(self) -> Path | None:
        """Where the cells of the screen were kept last, if in this window."""
        return self._state.cells_file

    @cells_file.setter
    def cells_file(self, path: Path | None) -> None:
        self._state = replace(self._state, cells_file=path)


_SESSIONS: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(viewer: Any) -> Session:
    """Give the session of a viewer, the same to every panel of its window; viewers share nothing."""
    # napari hands plugins a proxy that dies with the panel; the viewer behind it lives as long as its window.
    viewer = getattr(viewer, "__wrapped__", viewer)
    return _SESSIONS.setdefault(viewer, Session())
