"""What is explored: one row a profile, or a field of view where there are no profiles yet, each tied to its image."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError, unknown_name
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.screen import Screen


@dataclass(frozen=True, eq=False)
class Items:
    """Cells, sites, wells or treatments to look at.

    Attributes
    ----------
    table
        One row an item, index 0..N-1: `plate`, `well`, `site`, `treatment`, ... as far as the level has them.
    level
        cell, site, well or treatment.
    rows
        Shape (N,): the row of `Screen.sites` that shows the item, of a well or treatment the first; -1 where none does.
    values
        Profiles (N, D), float32; none where there are only images.
    points
        Projections by name, each (N, 2) float32.
    title
        What the window calls them.
    axes
        What the axes of a projection are called, by its name.
    corners
        Of the polygon between whose corners a projection lies, by its name, each (K, 2).
    key
        Which profiles of the run these are: "site", "well@combat", ...
    notes
        What the reader of the profiles has to say of them, such as features that were left out.
    """

    table: pd.DataFrame
    level: str
    rows: NDArray[np.int64]
    values: NDArray[np.float32] | None = None
    points: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    title: str = ""
    axes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    key: str = ""
    corners: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the items."""
        return len(self.table)

    @classmethod
    def of_screen(cls, screen: Screen) -> Items:
        """Take every field of view as an item."""
        return cls(screen.sites, "site", np.arange(len(screen)), title="fields of view")

    @classmethod
    def of_profiles(
        cls,
        profiles: Profiles,
        screen: Screen | None,
        points: Mapping[str, NDArray[np.float32]] | None = None,
        title: str = "",
    ) -> Items:
        """Take every profile as an item and find its image on the screen."""
        rows = np.full(len(profiles), -1, dtype=np.int64) if screen is None else find_rows(profiles.table, screen)
        table = profiles.table.reset_index(drop=True)
        items = cls(table, profiles.level, rows, profiles.values, dict(points or {}), title or f"{profiles.level}s")
        return replace(items, notes=profiles.reading.notes)

    @cached_property
    def wells(self) -> NDArray[np.str_]:
        """Name each item's well within the whole screen, "batch/plate/well"; "" where it has none. Shape (N,)."""
        if not {"plate", "well"} <= set(self.table):
            return np.full(len(self), "", dtype=np.str_)
        return well_keys(self.table).to_numpy(dtype=np.str_)

    def column(self, name: str) -> pd.Series:
        """Give a column by name.

        Raises
        ------
        ProfilesError
            If the items have no such column; the message names those they have.
        """
        if name not in self.table:
            raise ProfilesError(unknown_name("column", name, map(str, self.table.columns)))
        return self.table[name]

    def relabelled(self, screen: Screen, columns: Iterable[str]) -> Items:
        """Give the items with what the screen says now in `columns`; treatments keep what they are called."""
        if self.level == "treatment":
            return self
        gone = [name for name in columns if name in self.table and name not in screen.sites]
        table, known = self.table.drop(columns=gone), self.rows >= 0
        for name in columns:
            if name in screen.sites:
                told = screen.sites[name].take(np.maximum(self.rows, 0)).set_axis(table.index)
                table = table.assign(**{name: told.where(known, table.get(name, ""))})
        return replace(self, table=table)

    def on_row(self, row: int, screen: Screen) -> NDArray[np.bool_]:
        """Mark the items that a row of the screen shows: its cells, itself, or its well. Shape (N,)."""
        if self.level in ("cell", "site"):
            return np.asarray(self.rows == row)
        return np.asarray(self.wells == well_keys(screen.sites.iloc[[row]]).iat[0])


def find_rows(table: pd.DataFrame, screen: Screen) -> NDArray[np.int64]:
    """Find the first row of the screen that shows what each row of `table` names; -1 where none does. Shape (N,)."""
    names = [name for name in ("plate", "well", "site", "treatment") if name in table and name in screen.sites]
    if {"plate", "well"} <= set(names):
        names = [name for name in names if name != "treatment"]
    if "batch" in table and "batch" in screen.sites and "plate" in names:
        names.append("batch")
    if not names:
        return np.full(len(table), -1, dtype=np.int64)
    keys, wanted = _joined(screen.sites, names), _joined(table, names)
    first = keys.drop_duplicates()
    places = pd.Series(first.index.to_numpy(), index=first.to_numpy())
    return wanted.map(places).fillna(-1).to_numpy(dtype=np.int64)


def _joined(table: pd.DataFrame, names: list[str]) -> pd.Series:
    """Write the named columns of each row as one text."""
    joined, *others = (table[name].astype(str).reset_index(drop=True) for name in names)
    for other in others:
        joined = joined + "\x1f" + other
    return joined
