"""A plate map while it is edited: what is in each well of a screen, as text, and how that came about. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError
from cdcl.screen.columns import as_text, standardise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from napari_cdcl.models.plates import PlateLayout

COLUMNS = ("treatment", "compound", "concentration", "mechanism", "control", "batch")
"""What a map says of a well, besides columns of the user's own."""
OF_WELLS = ("plate", "well")


@dataclass(frozen=True, eq=False)
class PlateMapDraft:
    """What is in the wells; an edit gives another draft.

    Attributes
    ----------
    layout
        The wells, as they were numbered when the draft was begun.
    plates
        Each well's plate, without its batch, (W,).
    table
        One row a well, all text: the columns of `COLUMNS` that the screen has, and those that were added.
    """

    layout: PlateLayout
    plates: NDArray[np.object_]
    table: pd.DataFrame

    @classmethod
    def of(cls, screen: Screen, layout: PlateLayout) -> PlateMapDraft:
        """Begin with what the screen says; columns that differ between fields of a well are left alone."""
        sites, first = screen.sites, layout.first_rows
        table = pd.DataFrame(index=pd.RangeIndex(len(layout)))
        for name in COLUMNS:
            values = _as_text(sites[name]) if name in sites else None
            if values is not None and (values == values[first][layout.well_of]).all():
                table[name] = values[first]
        return cls(layout, sites["plate"].astype(str).to_numpy(object)[first], table)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that can be set: the known ones, then the user's own."""
        return (*COLUMNS, *(str(name) for name in self.table.columns if name not in COLUMNS))

    def values(self, column: str) -> NDArray[np.object_]:
        """Give what each well has in a column, (W,)."""
        if column in self.table:
            return self.table[column].to_numpy(object)
        return np.full(len(self.layout), "", dtype=object)

    def put(self, column: str, values: Mapping[int, str]) -> PlateMapDraft:
        """Set a column of some wells, by number. A batch is given to their whole plates.

        A treatment that was named after its compound and concentration follows them.

        Raises
        ------
        ScreenError
            If a column has no name, or one that would name wells or images.
        """
        _check_column(column)
        new = self.values(column).copy()
        if values:
            new[list(values)] = [text.strip() for text in values.values()]
        if column == "batch":
            for well, text in values.items():
                new[self.layout.plate_of == self.layout.plate_of[well]] = text.strip()
        table = self.table.assign(**{column: new})
        if column in ("compound", "concentration") and "treatment" in table:
            before, after = (_named_after(one) for one in (self.table, table))
            own = table["treatment"].to_numpy(object)
            table = table.assign(treatment=np.where((own == before) | (own == ""), after, own))
        return replace(self, table=table)

    @cached_property
    def labels(self) -> pd.DataFrame:
        """One row a well as `cdcl scan` reads a map: kinds of control and numbers spelled one way."""
        named = self.table.assign(plate=self.plates, well=self.layout.names.astype(object))
        return standardise(named[[*OF_WELLS, *self.table.columns]].copy())

    def without(self, column: str) -> NDArray[np.bool_]:
        """Mark the wells of which a column says nothing, (W,)."""
        return np.asarray(self.values(column) == "")

    def onto(self, screen: Screen, before: PlateMapDraft) -> tuple[Screen, tuple[str, ...]]:
        """Give the screen with these labels in place of those of another draft, and the columns that differ."""
        own, other, sites = self.labels, before.labels, screen.sites
        columns = [str(name) for name in {**own, **other} if name not in OF_WELLS]
        both = [name for name in columns if name in own and name in other]
        changed = [name for name in columns if name not in both or not own[name].equals(other[name])]
        for name in changed:
            if name in own:
                values = own[name].take(self.layout.well_of).set_axis(sites.index)
                sites = sites.assign(**{name: values})
            elif name in sites:
                sites = sites.drop(columns=name)
        return replace(screen, sites=sites), tuple(changed)

    def platemap(self, begun: PlateMapDraft) -> pd.DataFrame:
        """Give the tidy table that is saved: `plate`, `well` and what is in it; batches only if they were set.

        Raises
        ------
        ScreenError
            If two batches have a plate of one name with different contents: a map could not tell them apart.
        """
        table = self.labels
        if "batch" in table and np.array_equal(self.values("batch"), begun.values("batch")):
            table = table.drop(columns="batch")
        table = table.drop_duplicates(ignore_index=True)
        twice = table.duplicated(list(OF_WELLS)).to_numpy()
        if twice.any():
            plate, well = table.loc[int(twice.argmax()), list(OF_WELLS)]
            raise ScreenError(f"plate {plate} is in several batches, and its well {well} differs; rename the plates.")
        return table


class History:
    """Drafts one after the other, to go back and forth between."""

    def __init__(self, begun: PlateMapDraft) -> None:
        self._drafts, self._place = [begun], 0

    @property
    def begun(self) -> PlateMapDraft:
        """The first."""
        return self._drafts[0]

    @property
    def now(self) -> PlateMapDraft:
        """The one that holds."""
        return self._drafts[self._place]

    @property
    def can(self) -> tuple[bool, bool]:
        """Whether there is something to undo, and to redo."""
        return self._place > 0, self._place < len(self._drafts) - 1

    def push(self, draft: PlateMapDraft) -> None:
        """Let another draft hold; what was undone is forgotten."""
        self._drafts[self._place + 1 :] = [draft]
        self._place += 1

    def step(self, by: int) -> PlateMapDraft:
        """Go back (-1) or forth (+1), as far as there is one."""
        self._place = min(max(self._place + by, 0), len(self._drafts) - 1)
        return self.now


def _as_text(values: pd.Series) -> NDArray[np.object_]:
    if values.dtype.kind == "f":
        written = {value: f"{value:.12g}" for value in values.dropna().unique()}
        return values.map(written).astype(object).where(values.notna(), "").to_numpy(object)
    return as_text(values).to_numpy(object)


def _named_after(table: pd.DataFrame) -> NDArray[np.object_]:
    """Give the treatment that compound and concentration spell."""
    known = [name for name in ("compound", "concentration") if name in table]
    if "compound" not in known:
        return np.full(len(table), "", dtype=object)
    return standardise(table[known].copy())["treatment"].to_numpy(object)


def _check_column(column: str) -> None:
    if not column.strip() or column in (*OF_WELLS, "site", "path", "image_id") or column.startswith("path_"):
        raise ScreenError(f"a plate map cannot set “{column}”; name another column, such as treatment.")
