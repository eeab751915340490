"""New labels in the OME-Zarr images that a screen's fields lie in."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcl.atomic import replaced_folder
from cdcl.cells.ome_form import LabelForm, write_label_table
from cdcl.cells.ome_groups import Version, label_metadata, version_of, write_levels
from cdcl.cells.ome_labels import image_groups
from cdcl.errors import ScreenError
from cdcl.images.zarr_metadata import attributes, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.screen import Screen


@dataclass(frozen=True)
class LabelsWithin:
    """New labels in the groups of the very images that the fields lie in."""

    groups: list[Path | None]
    form: LabelForm
    version: Version
    table: Path
    pixel_size: float | None
    written: list[Path]

    @classmethod
    def of(cls, screen: Screen, out: Path, form: LabelForm) -> LabelsWithin:
        """Find the groups of the screen's fields below `out`; errors as in `write_ome_labels`."""
        groups = image_groups(screen)
        root = out.resolve()
        inside = [group for group in groups if group is not None and group.is_relative_to(root)]
        if not inside or not {"plate", "multiscales"} & set(attributes(out)):
            raise ScreenError(f"{out} exists, and nothing is written over; name a folder that does not exist yet.")
        if screen.reduction.binning > 1:
            raise ScreenError(f"the screen is read binned, so its labels are smaller than {out}; name a new folder.")
        version = version_of(inside[0])
        if form.version and form.version != version.name:
            raise ScreenError(
                f"{out} is OME-Zarr {version.name}, and its labels are too; leave version {form.version} out."
            )
        there = [group for group in inside if (group / "labels" / form.name).exists()]
        if there:
            raise ScreenError(f"{there[0]} has labels '{form.name}' already; give these another name.")
        table = root.with_name(f"{root.name.removesuffix('.zarr')}-{form.name}.csv")
        if table.exists():
            raise ScreenError(f"{table} exists, and nothing is written over; give these labels another name.")
        groups = [group if group in set(inside) else None for group in groups]
        return cls(groups, form, version, table, screen.pixel_size, [])

    @contextmanager
    def opened(self) -> Iterator[LabelsWithin]:
        """Take back what was written if not all can be."""
        try:
            yield self
        except BaseException:
            for folder in self.written:
                shutil.rmtree(folder, ignore_errors=True)
            raise

    def write(self, row: int, image: NDArray[np.integer[Any]], known: pd.DataFrame) -> None:
        """Write the labels of a field into its group.

        Raises
        ------
        ScreenError
            If the field lies in another OME-Zarr.
        """
        group = self.groups[row]
        if group is None:
            raise ScreenError(
                f"field {row} lies in another OME-Zarr; write labels of all fields to a folder of their own."
            )
        levels = len(attributes(group)["multiscales"][0]["datasets"])
        with replaced_folder(group / "labels" / self.form.name) as folder:
            metadata = label_metadata(self.form.name, known, self.pixel_size, levels)
            write_levels(folder, image, self.version, metadata | {"source": "../../"})
        self.written.append(group / "labels" / self.form.name)

    def finish(self, table: pd.DataFrame) -> None:
        """List the new labels, now that all are there."""
        write_label_table(table, self.table)
        for folder in self.written:
            labels = folder.parent
            names = listed(attributes(labels), "labels", labels) if attributes(labels).get("labels") else []
            self.version.set_attributes(labels, {"labels": [*names, self.form.name]})
