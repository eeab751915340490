"""A plain zarr array of images (site, channel, y, x), with a table of sites and maybe one of channels beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.images.claims import MOST_CHANNELS
from cdcl.images.references import plane_reference
from cdcl.images.zarr_metadata import array_shape, attributes
from cdcl.readers.planes import Planes, make_planes
from cdcl.screen.columns import interpret
from cdcl.screen.tables import is_table, read_table

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.readers.walking import Tree


class PlainZarr:
    """One array of four axes, and a table whose column `idx` numbers its first."""

    expects = "a zarr array (site, channel, y, x) beside a table of as many rows with columns plate and well"

    def claim(self, tree: Tree) -> int:
        """Count the arrays, where there is a table of sites."""
        found = _arrays(tree)
        return len(found) if any(_sites(tree, shape[0]) is not None for shape in found.values()) else 0

    def read(self, tree: Tree) -> Planes:
        """Give a plane a channel of each row of the table.

        Raises
        ------
        ScreenError
            If no table beside the array has as many rows as it has images.
        """
        rows: list[dict[str, object]] = []
        notes: list[str] = []
        for array, shape in _arrays(tree).items():
            found = _sites(tree, shape[0])
            if found is None:
                raise ScreenError(f"{tree.root / array} has {shape[0]} images, but no table beside it lists as many.")
            if shape[1] > MOST_CHANNELS:
                raise ScreenError(f"{tree.root / array} tells {shape[1]:,} channels, more than {MOST_CHANNELS:,}.")
            names = _channels(tree, shape[1])
            sites, notes = found[0], [*notes, *found[1]]
            for number, site in sites.iterrows():
                place = {"site": "1", **{str(name): value for name, value in site.items()}}
                paths = [plane_reference(array, int(str(number)), channel) for channel in range(shape[1])]
                rows += [{**place, "channel": name, "path": path} for name, path in zip(names, paths, strict=True)]
        return make_planes(rows, tree.root, ordered=True).noting(*notes)


def _arrays(tree: Tree) -> dict[str, tuple[int, ...]]:
    """Find the arrays of four axes: groups called .zarr, and what lies right in them."""
    found: dict[str, tuple[int, ...]] = {}
    for group in tree.arrays:
        if "plate" in attributes(tree.root / group) or "multiscales" in attributes(tree.root / group):
            continue
        below = sorted(path.name for path in (tree.root / group).iterdir() if path.is_dir())
        for array in (group, *(f"{group}/{name}" if group else name for name in below)):
            shape = array_shape(tree.root / array)
            if len(shape) == 4:
                found[array] = shape
    return found


def _sites(tree: Tree, count: int) -> tuple[pd.DataFrame, tuple[str, ...]] | None:
    """Give the table of `count` rows with plate and well, indexed by the number of the image, and what is odd in it."""
    for file in tree.files:
        if "/" in file or not is_table(tree.root / file):
            continue
        known = interpret(read_table(tree.root / file))
        table = known.table
        if len(table) != count or not {"plate", "well"} <= set(table.columns):
            continue
        number = next((name for name in table.columns if str(name).lower() in ("idx", "index")), None)
        if number is None:
            return table, known.notes
        indexed = table.set_index(table[number].astype(str)).drop(columns=number)
        if sorted(indexed.index) == sorted(map(str, range(count))):
            return indexed, known.notes
    return None


def _channels(tree: Tree, count: int) -> list[str]:
    for file in tree.files:
        if "/" not in file and is_table(tree.root / file):
            table = read_table(tree.root / file)
            if len(table) == count and "channel" in table and table["channel"].is_unique:
                order = (
                    table["idx"].astype(int).argsort()
                    if "idx" in table and table["idx"].str.isdecimal().all()
                    else None
                )
                names = table["channel"] if order is None else table["channel"].iloc[order]
                return [str(name) for name in names]
    return [f"channel_{number}" for number in range(1, count + 1)]
