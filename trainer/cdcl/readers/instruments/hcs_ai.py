"""ImageXpress HCS.ai: `image_metadata_*.csv`, which lists each plane with its folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.readers.filenames import plate_folder
from cdcl.readers.planes import Planes, keep_present, make_planes
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.readers.walking import Tree

_COLUMNS = {"Well": "well", "Field": "site", "Wavelength": "channel", "Timepoint": "t", "ZIndex": "z"}
_FILE, _FOLDER = "ImageFileName", "ImageSubFolderPath"


class HcsAi:
    """Tables called image_metadata, beside the folders of their images."""

    expects = "tables image_metadata_*.csv with Well, Field, Wavelength and ImageFileName"

    def claim(self, tree: Tree) -> int:
        """Count the images, where there is such a table."""
        return len(tree.images) if _tables(tree) else 0

    def read(self, tree: Tree) -> Planes:
        """Give the planes that the tables list and that are there.

        Raises
        ------
        ScreenError
            If a table lacks a column.
        """
        rows: list[dict[str, object]] = []
        for file in _tables(tree):
            table = read_table(tree.root / file)
            missing = ({*_COLUMNS, _FILE} - {"Timepoint", "ZIndex"}) - set(table.columns)
            if missing:
                raise ScreenError(f"{tree.root / file} has no column {sorted(missing)[0]}; export the plate again.")
            rows += _rows(table, file.rpartition("/")[0], plate_folder(file, tree))
        planes = make_planes(rows, tree.root)
        return keep_present(replace(planes, channels=tuple(planes.table["channel"].unique())), tree, "image_metadata")


def _tables(tree: Tree) -> list[str]:
    names = [(file, file.rpartition("/")[2].lower()) for file in tree.ending(".csv")]
    return [file for file, name in names if name.startswith("image_metadata")]


def _rows(table: pd.DataFrame, folder: str, plate: str) -> list[dict[str, object]]:
    known = table.rename(columns=_COLUMNS)
    kept = [name for name in _COLUMNS.values() if name in known]
    rows: list[dict[str, object]] = []
    for values in known.to_dict("records"):
        below = str(values.get(_FOLDER, "")).replace("\\", "/").strip("./")
        path = "/".join(part for part in (folder, below, str(values[_FILE])) if part)
        rows.append({**{name: values[name] for name in kept}, "plate": plate, "path": path})
    return rows
