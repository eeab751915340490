"""Cells: a table of coordinates, each belonging to a field of view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cdcl.screen import Screen

COLUMNS = ("row", "y", "x", "cell", "border")
"""Columns that are always there, in this order."""


@dataclass(frozen=True)
class Cells:
    """Single cells of a screen, field by field.

    Attributes
    ----------
    table
        One row a cell, index 0..N-1, sorted by `row`. `row`: the field's row in the screen; `y`, `x`: the centre in
        pixels, 0 being the middle of the first pixel; `cell`: its number or name within the field; `border`: whether
        its crop would leave the field. Further columns are kept.
    origin
        Where the coordinates come from: "nuclei", "tiles", "images" or the name of a file.
    """

    table: pd.DataFrame
    origin: str

    @classmethod
    def of(cls, table: pd.DataFrame, origin: str) -> Cells:
        """Make cells of a table: sorted by field, with the columns that may be missing filled in.

        Parameters
        ----------
        table
            Columns `row`, `y`, `x`; `cell` is counted from 1 within a field, and `border` is false, where they are
            missing.
        origin
            Where the coordinates come from.
        """
        table = table.sort_values("row", kind="stable").reset_index(drop=True)
        if "cell" not in table:
            table["cell"] = table.groupby("row").cumcount() + 1
        if "border" not in table:
            table["border"] = False
        others = [name for name in table.columns if name not in COLUMNS]
        numbers = {"row": np.int64, "y": np.float64, "x": np.float64, "border": np.bool_}
        return cls(table[[*COLUMNS, *others]].astype(numbers), origin)

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.table)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The field of each cell, as its row in the screen, (N,)."""
        return self.table["row"].to_numpy(np.int64)

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centres (N, 2), y and x in pixels."""
        return self.table[["y", "x"]].to_numpy(np.float64)

    @property
    def border(self) -> NDArray[np.bool_]:
        """Which crops would leave their field, (N,)."""
        return self.table["border"].to_numpy(np.bool_)

    def take(self, chosen: ArrayLike) -> Cells:
        """Keep the cells at `chosen` (numbers or a mask).

        Parameters
        ----------
        chosen
            Numbers, or a mask (N,).
        """
        places = np.asarray(chosen)
        table = self.table[places] if places.dtype == bool else self.table.iloc[places]
        return replace(self, table=table.reset_index(drop=True))

    def in_fields(self, fields: NDArray[np.int64]) -> Cells:
        """Keep the cells of some fields of the screen.

        Parameters
        ----------
        fields
            Rows of the screen, each once.

        Returns
        -------
        Cells
            Their `row` counts in `fields`: 0 is the first of them.
        """
        place = np.full(max(int(fields.max(initial=-1)), int(self.rows.max(initial=-1))) + 1, -1, dtype=np.int64)
        place[fields] = np.arange(len(fields))
        kept = place[self.rows] >= 0
        table = self.table[kept].assign(row=place[self.rows[kept]])
        return Cells.of(table, self.origin)

    def with_sites(self, screen: Screen) -> pd.DataFrame:
        """Join each cell with what the screen says of its field.

        Returns
        -------
        DataFrame
            A row a cell: the field's columns without the paths, then the cell's own, which win where both have a name.
        """
        own = self.table.drop(columns="row")
        dropped = [name for name in screen.sites if name in screen.path_columns or name in own]
        sites = screen.sites.drop(columns=dropped).iloc[self.rows].reset_index(drop=True)
        return sites.join(own)

    def binned(self, side: float) -> Cells:
        """Give the cells in an image whose pixels are blocks of this one's.

        Parameters
        ----------
        side
            Pixels a side of a block; 1/side turns that back.

        Returns
        -------
        Cells
            With centres, and areas if there are any, in the new pixels.
        """
        if side == 1:
            return self
        changed = {axis: (self.table[axis] + 0.5) / side - 0.5 for axis in ("y", "x")}
        if "area" in self.table:
            changed["area"] = self.table["area"] / side**2
        return replace(self, table=self.table.assign(**changed))

    def capped(self, most: int, seed: int) -> Cells:
        """Keep a random sample of the cells of each field.

        Parameters
        ----------
        most
            Cells a field, at most; 0 keeps all.
        seed
            The same seed and cells give the same sample.
        """
        if most == 0 or not len(self):
            return self
        luck = np.random.default_rng([seed, len(self)]).random(len(self))
        order = np.lexsort((luck, self.rows))
        starts = np.flatnonzero(np.diff(self.rows[order], prepend=-1))
        rank = np.arange(len(self)) - np.repeat(starts, np.diff(np.append(starts, len(self))))
        return self.take(np.sort(order[rank < most]))


def cells_from_points(points: ArrayLike, row: int = 0, origin: str = "points") -> Cells:
    """Make cells of one field from points, as a napari Points layer holds them.

    Parameters
    ----------
    points
        (N, 2) or (N, n): y and x in pixels are the last two columns; what stands before them, such as time or z, is
        ignored.
    row
        The field's row in the screen.
    origin
        What `Cells.origin` will say.
    """
    centres = np.asarray(points, dtype=np.float64).reshape(-1, np.shape(points)[-1] if np.size(points) else 2)[:, -2:]
    return Cells.of(pd.DataFrame({"row": row, "y": centres[:, 0], "x": centres[:, 1]}), origin)


def cells_from_labels(labels: NDArray[np.integer], row: int = 0, origin: str = "labels") -> Cells:
    """Make cells of one field from a label image: a cell a value, at its centroid.

    Parameters
    ----------
    labels
        (Y, X); 0 is no cell.
    row
        The field's row in the screen.
    origin
        What `Cells.origin` will say.

    Returns
    -------
    Cells
        With the value as `cell`, and a column `area` in pixels.
    """
    names, codes, areas = np.unique(labels, return_inverse=True, return_counts=True)
    codes = codes.reshape(labels.shape)
    y, x = (
        np.bincount(codes.ravel(), weights=np.broadcast_to(axis, labels.shape).ravel(), minlength=len(names)) / areas
        for axis in (np.arange(labels.shape[0])[:, None], np.arange(labels.shape[1])[None])
    )
    table = pd.DataFrame({"row": row, "y": y, "x": x, "cell": names.astype(np.int64), "area": areas})
    return Cells.of(table[names > 0], origin)
