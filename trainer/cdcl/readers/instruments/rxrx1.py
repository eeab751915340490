"""RxRx1 and its kin: `images/<experiment>/Plate<k>/<well>_s<site>_w<channel>.png`, with a `metadata.csv` above.

An experiment is a batch by the publishers' definition.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.readers.filenames import left_over
from cdcl.readers.planes import Planes, make_planes
from cdcl.screen.columns import interpret
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.readers.walking import Tree

_PATH = re.compile(
    r"(?:.*/)?(?P<batch>[^/]+)/Plate(?P<plate>\d+)/(?P<well>[A-Z]{1,2}\d{2})_s(?P<site>\d)_(?P<channel>w\d)\.png"
)
_KEYS = ["batch", "plate", "well", "site"]


class RxRx1:
    """PNG files in a folder a plate in a folder an experiment."""

    expects = "images <experiment>/Plate1/B02_s1_w1.png, and metadata.csv with experiment, plate, well and sirna"

    def claim(self, tree: Tree) -> int:
        """Count the images whose paths match."""
        return sum(_PATH.fullmatch(file) is not None for file in tree.images)

    def read(self, tree: Tree) -> Planes:
        """Give the planes with what metadata.csv says of their wells."""
        matches = [(file, _PATH.fullmatch(file)) for file in tree.images]
        rows = [{**match.groupdict(), "path": file} for file, match in matches if match]
        planes = make_planes(rows, tree.root).noting(*left_over([file for file, match in matches if not match]))
        tables = tree.named("metadata.csv", "metadata.csv.gz")
        if not tables:
            return planes.noting("there is no metadata.csv beside the images: treatments are not known.")
        known = interpret(read_table(tree.root / tables[0]))
        table, planes = known.table, planes.noting(*known.notes)
        keys = [name for name in _KEYS if name in table]
        return _with_metadata(planes, table, keys) if {"batch", "plate", "well"} <= set(keys) else planes


def _with_metadata(planes: Planes, table: pd.DataFrame, keys: list[str]) -> Planes:
    table = table.drop_duplicates(keys)
    joined = planes.table.merge(table, on=keys, how="left", validate="many_to_one", indicator="found")
    without = joined[joined["found"] != "both"]
    text = [name for name in table.columns if joined[name].dtype.kind not in "iuf"]
    joined = joined.assign(**{name: joined[name].fillna("") for name in text}).drop(columns="found")
    note = f"{len(without)} images are not in metadata.csv, such as {without['path'].iloc[0]}." if len(without) else ""
    return replace(planes, table=joined).noting(note)
