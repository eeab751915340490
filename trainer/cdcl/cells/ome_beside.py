"""Plates that hold labels and nothing else, in a folder of their own."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from cdcl.atomic import replaced_folder
from cdcl.cells.matching import key_columns
from cdcl.cells.ome_form import LabelForm, write_label_table
from cdcl.cells.ome_groups import Version, image_metadata, label_metadata, make_group, version_of, write_levels
from cdcl.cells.ome_labels import PLACE_KEY, image_groups
from cdcl.errors import ScreenError
from cdcl.images.zarr_metadata import attributes
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.screen import Screen

FieldPath: TypeAlias = tuple[str, str, str, str]
"""Plate, row, column and field, as folders."""

_WELL = re.compile(r"([A-Z]{1,2})(\d+)")


@dataclass(frozen=True)
class LabelsBeside:
    """Plates of labels only, in a folder of their own, for data of any layout."""

    screen: Screen
    out: Path
    form: LabelForm
    version: Version
    fields: dict[int, FieldPath]
    written: list[int]
    place: Path

    @classmethod
    def of(cls, screen: Screen, out: Path, form: LabelForm) -> LabelsBeside:
        """Name the folders of the screen's fields; errors as in `write_ome_labels`."""
        for parent in out.absolute().parents:
            if {"plate", "well", "multiscales", "labels"} & set(attributes(parent)):
                raise ScreenError(
                    f"{out} lies within the OME-Zarr {parent}; name a folder beside it, or {parent} itself."
                )
        own = next((group for group in image_groups(screen.take([0])) if group is not None), None)
        version = Version.named(form.version) if form.version or own is None else version_of(own)
        return cls(screen, out, form, version, _fields(screen), [], out)

    @property
    def table(self) -> Path:
        """The table lies among the plates."""
        return self.out / f"{self.form.name}.csv"

    @contextmanager
    def opened(self) -> Iterator[LabelsBeside]:
        """Write to a temporary folder, which takes the name of `out` when all is written."""
        with replaced_folder(self.out) as folder:
            yield replace(self, place=folder)

    def write(self, row: int, image: NDArray[np.integer[Any]], known: pd.DataFrame) -> None:
        """Write the labels of a field."""
        name = self.form.name
        field = self.place.joinpath(*self.fields[row])
        # A viewer that wants an image in every field is shown the labels.
        shown = image_metadata(name, self.screen.pixel_size, path=f"labels/{name}/")
        noted = {key: str(self.screen.sites[key].iat[row]) for key in key_columns(self.screen)}
        make_group(field, self.version, shown, {PLACE_KEY: noted})
        make_group(field / "labels", self.version, {"labels": [name]})
        write_levels(field / "labels" / name, image, self.version, label_metadata(name, known, self.screen.pixel_size))
        self.written.append(row)

    def finish(self, table: pd.DataFrame) -> None:
        """Write what plates and wells say of their fields."""
        write_label_table(table, self.place / self.table.name)
        by_plate: dict[str, list[FieldPath]] = {}
        for row in self.written:
            by_plate.setdefault(self.fields[row][0], []).append(self.fields[row])
        for plate, fields in by_plate.items():
            self._finish_plate(self.place / plate, fields)

    def _finish_plate(self, plate: Path, fields: list[FieldPath]) -> None:
        rows, columns = sorted({field[1] for field in fields}), sorted({field[2] for field in fields})
        wells: dict[tuple[str, str], list[str]] = {}
        for _, letters, number, field in sorted(fields):
            wells.setdefault((letters, number), []).append(field)
        entries = [
            {"path": f"{letters}/{number}", "rowIndex": rows.index(letters), "columnIndex": columns.index(number)}
            for letters, number in wells
        ]
        named = {"rows": [{"name": name} for name in rows], "columns": [{"name": name} for name in columns]}
        make_group(plate, self.version, {"plate": {"name": plate.stem, **named, "wells": entries}})
        for letters in rows:
            make_group(plate / letters, self.version, {})
        for (letters, number), images in wells.items():
            paths = [{"path": field} for field in images]
            make_group(plate / letters / number, self.version, {"well": {"images": paths}})


def _fields(screen: Screen) -> dict[int, FieldPath]:
    """Name the folders of each field: plate, row, column and field, which are letters and digits only."""
    sites = screen.sites
    names: dict[int, FieldPath] = {}
    taken: set[FieldPath] = set()
    for row, (plate, well, site) in enumerate(zip(plate_keys(sites), sites["well"], sites["site"], strict=True)):
        match = _WELL.fullmatch(str(well))
        letters, number = (match[1], match[2]) if match else ("W", _plain(str(well)) or "0")
        name = (f"{re.sub(r'[^A-Za-z0-9_.-]', '_', plate)}.zarr", letters, number, _plain(str(site)) or "0")
        count = 1
        while name in taken:
            count += 1
            name = (*name[:3], f"{_plain(str(site)) or '0'}x{count}")
        taken.add(name)
        names[row] = name
    return names


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)
