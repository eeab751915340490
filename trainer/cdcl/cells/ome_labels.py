"""Label images that OME-Zarr images carry in their group `labels/`, versions 0.4 and 0.5, as a source of cells."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.cells.cell_table import Cells, cells_from_labels
from cdcl.cells.matching import match_fields
from cdcl.errors import ScreenError, unknown_name
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.images.formats import decode
from cdcl.images.references import parse_reference
from cdcl.images.zarr_metadata import all_attributes, array_shape, attributes, first_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from cdcl.tasks import Task

PREFERRED = ("nucle", "cell")
"""Of several kinds of labels, those whose name has one of these words are taken, nuclei before cells."""

PLACE_KEY = "cdcl"
"""Under this key an image that cdcl wrote says which field of a screen it is."""


@dataclass(frozen=True)
class LabelledImage:
    """An image's group, and the names of the label images below its `labels/`."""

    folder: Path
    names: tuple[str, ...]

    def labels(self, name: str) -> Path:
        """Give the group of one of its label images."""
        return self.folder / "labels" / name


def split_name(path: Path) -> tuple[Path, str]:
    """Split "plate.zarr#nuclei" into the folder and the name of the labels, "" where none is named."""
    folder, mark, name = str(path).rpartition("#")
    return (Path(folder), name) if mark and not path.exists() else (path, "")


def labelled_images(root: Path) -> Iterator[LabelledImage]:
    """Find the images below `root` that carry labels, in order; arrays are not entered."""
    for place, folders, files in os.walk(root):
        here = Path(place)
        if ".zarray" in files or ("zarr.json" in files and array_shape(here)):
            folders.clear()
            continue
        if "labels" in folders and (names := _names(here / "labels")):
            folders.remove("labels")
            yield LabelledImage(here, names)
        folders.sort()


def holds_ome_labels(root: Path) -> bool:
    """Tell whether `root` is a folder with an OME-Zarr image that carries labels."""
    return root.is_dir() and next(labelled_images(root), None) is not None


def read_ome_labels(
    root: Path, screen: Screen, sizes: NDArray[np.int64] | None = None, *, name: str = ""
) -> Task[Cells]:
    """Take the centroid of each label of each image below `root`, and what the labels' `properties` say of it.

    An image belongs to the field whose pixels it holds; else to the one of its plate, well and field.

    Parameters
    ----------
    sizes
        Height and width of every field, (fields, 2); label images must have them.
    name
        Which labels, where images carry several; "" takes the only ones, or nuclei before cells.

    Raises
    ------
    ScreenError
        If there are no such labels, they belong to no field, or are not of its size.
    """
    images = list(labelled_images(root))
    if not images:
        raise ScreenError(f"{root}: no image below it carries labels (a group labels/ that lists them).")
    names = sorted({name for image in images for name in image.names})
    name = name or _choose(names, root)
    if name not in names:
        raise ScreenError(f"{root}: " + unknown_name("label image", name, names))
    if len(names) > 1:
        yield Said(f"labels '{name}' of {', '.join(names)}; {root.name}#NAME takes others")
    images = [image for image in images if name in image.names]
    rows = _match(images, screen, root)
    yield Began("reading labels", total=int((rows >= 0).sum()), unit="image")
    tables: list[pd.DataFrame] = []
    for row, image in zip(rows.tolist(), images, strict=True):
        if row >= 0:
            tables.append(
                _cells(image.labels(name), row, None if sizes is None else sizes[row], screen.reduction.binning)
            )
            yield Advanced(len(tables))
    yield Ended()
    cells = Cells.of(pd.concat(tables, ignore_index=True), f"{root.name}#{name}")
    yield Said(f"{len(cells):,} cells from the labels '{name}' of {len(tables):,} of {len(screen):,} fields")
    if (rows < 0).any():
        yield Warned(f"{int((rows < 0).sum())} images with labels in {root} belong to no field of the screen")
    return cells


def image_groups(screen: Screen) -> list[Path | None]:
    """Give the group of the OME-Zarr image that each field lies in, None where it lies in something else."""
    groups: dict[str, Path | None] = {}
    found = []
    for references in screen.image_references():
        array = parse_reference(references[0])[0].file
        if array not in groups:
            parent = Path(array).parent
            is_image = bool(array_shape(Path(array))) and "multiscales" in attributes(parent)
            groups[array] = parent if is_image else None
        found.append(groups[array])
    return found


def _names(labels: Path) -> tuple[str, ...]:
    """Give the label images that the group lists, or, where it lists none, those that lie there."""
    listed = attributes(labels).get("labels")
    if isinstance(listed, list):
        return tuple(str(name) for name in listed if (labels / str(name)).is_dir())
    return tuple(sorted(path.name for path in labels.iterdir() if "image-label" in attributes(path)))


def _choose(names: list[str], root: Path) -> str:
    for word in PREFERRED:
        fitting = [name for name in names if word in name.lower()]
        if len(fitting) == 1:
            return fitting[0]
    if len(names) > 1:
        raise ScreenError(f"{root} carries labels {', '.join(names)}; say which, such as {root.name}#{names[0]}.")
    return names[0]


def _match(images: list[LabelledImage], screen: Screen, root: Path) -> NDArray[np.int64]:
    """Give the field of each image, -1 where it has none."""
    own: dict[str, int] = {}
    for row, group in enumerate(image_groups(screen)):
        if group is not None:
            own[str(group)] = -1 if str(group) in own else row
    rows = np.array([own.get(os.path.realpath(image.folder), -1) for image in images], dtype=np.int64)
    if (rows >= 0).any():
        return rows
    return match_fields(pd.DataFrame([_place(image.folder) for image in images]), screen, str(root))


def _place(folder: Path) -> dict[str, str]:
    """Say which field an image is: as cdcl noted it, or by the folders plate/row/column/field."""
    noted = all_attributes(folder).get(PLACE_KEY)
    if isinstance(noted, dict):
        return {str(key): str(value) for key, value in noted.items()}
    *_, plate, row, column, field = ("", "", "", *folder.absolute().parts)
    named = attributes(folder.parents[2]).get("plate") if len(folder.absolute().parts) > 4 else None
    name = named.get("name") if isinstance(named, dict) else None
    return {"plate": str(name or plate.removesuffix(".zarr")), "well": f"{row}{column}", "site": field}


def _cells(group: Path, row: int, size: NDArray[np.int64] | None, binning: int) -> pd.DataFrame:
    metadata = attributes(group)
    level = first_level(group, metadata)
    # Labels of a stack become one plane by the maximum; of time and channels there is one, or the first is taken.
    outer = zip(level.axes[:-2], level.shape[:-2], strict=True)
    index = tuple(None if axis == "z" and length > 1 else 0 for axis, length in outer)
    labels = decode(group / level.path, alone=True, index=index)[0]
    if labels.dtype.kind not in "biu":
        raise ScreenError(f"{group} is no label image: it holds {labels.dtype}.")
    if size is not None and (np.array(labels.shape) // binning != size).any():
        own = " x ".join(map(str, labels.shape))
        raise ScreenError(
            f"{group} is {own} pixels high and wide, its field {size[0]} x {size[1]}; they must be equal."
        )
    table = cells_from_labels(labels.astype(np.int64), row).table
    known = _properties(metadata)
    new = ["cell", *(name for name in known if name not in table)]
    return table.merge(known[new], on="cell", how="left") if len(new) > 1 else table


def _properties(metadata: dict[str, Any]) -> pd.DataFrame:
    """Give a row a label with all that its properties say in one word or number."""
    said = metadata.get("image-label")
    listed = said.get("properties") if isinstance(said, dict) else None
    rows = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    rows = [{key: value for key, value in entry.items() if isinstance(value, str | int | float)} for entry in rows]
    table = pd.DataFrame([row for row in rows if isinstance(row.get("label-value"), int)])
    table = table.rename(columns={"label-value": "cell"}) if len(table) else pd.DataFrame({"cell": []}, dtype=np.int64)
    return table.drop_duplicates("cell")
