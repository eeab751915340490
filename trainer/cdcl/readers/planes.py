"""What a layout gives: a table with one row a plane, and the layout's own remarks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from cdcl.errors import ScreenError
from cdcl.readers.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdcl.readers.walking import Tree

PLANE_COLUMNS = ("plate", "well", "site", "channel", "z", "t", "path")
"""Of each plane, all text. `path` is a reference relative to the tree's root; `z` and `t` are "" where there is one.

Further columns, such as `batch`, `acquired` (a date) and `pixel_size` (micrometres), are the same for all planes of a
site.
"""

PROJECTION = "projection"
"""The `z` of a plane that the microscope itself projected."""


@dataclass(frozen=True)
class Planes:
    """One row a plane, with `PLANE_COLUMNS`.

    Attributes
    ----------
    channels
        Their order; by default as people sort names.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Planes:
        """Add remarks; empty ones are left out."""
        return replace(self, notes=(*self.notes, *filter(None, notes)))


class Layout(Protocol):
    """A way in which microscopes lay images on disk."""

    @property
    def expects(self) -> str:
        """What a folder of this layout holds, in half a sentence."""

    def claim(self, tree: Tree) -> int:
        """Count the files that this layout explains; 0 where it does not recognise itself."""

    def read(self, tree: Tree) -> Planes:
        """Give the planes of a tree that the layout claims."""


def make_planes(rows: Iterable[dict[str, object]], source: object, *, ordered: bool = False) -> Planes:
    """Make planes of rows with some of `PLANE_COLUMNS`; what they leave out is "".

    `ordered` says that the channels come in the order that the microscope gave them.

    Raises
    ------
    ScreenError
        If there are none.
    """
    table = pd.DataFrame(list(rows)).fillna("").astype(str)
    if not len(table):
        raise ScreenError(f"{source} lists no images.")
    missing = {name: "" for name in PLANE_COLUMNS if name not in table}
    table = table.assign(**missing)
    return Planes(table, channels=tuple(table["channel"].unique()) if ordered else ())


def keep_present(planes: Planes, tree: Tree, index: str) -> Planes:
    """Leave out planes whose files `tree` does not hold, and say so; `index` names the file that lists them.

    A file that is not where the index says is looked for by its name in the folders below.

    Raises
    ------
    ScreenError
        If none is there.
    """
    planes = _found_below(planes, tree)
    there = planes.table["path"].str.partition("#")[0].isin(tree.known).to_numpy()
    if not there.all():
        # A name may hold a "#" of its own, which is no reference to a plane.
        there = there | planes.table["path"].isin(tree.known).to_numpy()
    if there.all():
        return planes
    gone = planes.table.loc[~there, "path"]
    if not there.any():
        raise ScreenError(f"{index} lists {len(gone)} images, and none is there; the first is {gone.iloc[0]}.")
    note = f"{len(gone)} of {len(there)} images that {index} lists are not there, such as {gone.iloc[0]}."
    return replace(planes, table=planes.table[there].reset_index(drop=True)).noting(note)


def _found_below(planes: Planes, tree: Tree) -> Planes:
    """Point planes whose file is one or more folders deeper, or spelled with other capitals, to it, if it is one."""
    files = planes.table["path"].str.partition("#")
    gone = ~files[0].isin(tree.known) & ~planes.table["path"].isin(tree.known)
    if not gone.any():
        return planes
    by_name: dict[str, list[str]] = {}
    for file in tree.files:
        by_name.setdefault(folded(file.rpartition("/")[2]), []).append(file)
    moved = {}
    for file in files[0][gone].unique():
        folder, _, name = file.rpartition("/")
        start = folded(f"{folder}/") if folder else ""
        below = [other for other in by_name.get(folded(name), ()) if folded(other).startswith(start)]
        own = [other for other in below if other.endswith(f"/{name}")] or below
        if len(own) == 1:
            moved[file] = own[0]
    paths = files[0].map(lambda file: moved.get(file, file)) + files[1] + files[2]
    return replace(planes, table=planes.table.assign(path=paths)) if moved else planes


def micrometres(text: object, unit: float = 1.0) -> str:
    """Write a length of `text` times `unit` as `pixel_size`; "" where it is no positive number.

    >>> micrometres("6.5E-07", 1e6), micrometres("about 1"), micrometres("-1"), micrometres("nan")
    ('0.65', '', '', '')
    """
    try:
        length = float(str(text)) * unit
    except ValueError:
        return ""
    return f"{length:.6g}" if math.isfinite(length) and length > 0 else ""
