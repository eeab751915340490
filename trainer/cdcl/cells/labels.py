"""Label images on disk, as Cellpose, StarDist, CellProfiler and napari save them, matched to fields by their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.cells.cell_table import Cells, cells_from_labels
from cdcl.errors import ScreenError
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.images.formats import decode
from cdcl.screen.plates import normalise_well
from cdcl.screen.site_names import plain_site

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from cdcl.tasks import Task

SUFFIXES = (".tif", ".tiff", ".png", ".npy")

_ENDING = re.compile(r"[-_.](?:cp_)?(?:masks?|labels?|seg(?:mentation)?|nuclei|cells?|objects)$", re.IGNORECASE)
_PLACE = re.compile(r"(?<![A-Za-z])([A-Pa-p]\d{1,2})[-_ ]*(?:s|f|site|field)?[-_ ]*(\d+)(?!\d)")


def read_label_images(folder: Path, screen: Screen, sizes: NDArray[np.int64] | None = None) -> Task[Cells]:
    """Take the centroid of each label of each image in `folder` (at any depth).

    An image belongs to the field that has an image file of its name, endings like `_cp_masks` or `_labels` apart; else
    to the one whose well and site stand in its name and whose plate stands in its path.

    Parameters
    ----------
    sizes
        Height and width of every field, (fields, 2); label images must have them.

    Raises
    ------
    ScreenError
        If no image belongs to a field, or one is not of its field's size.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    matched = _match(paths, screen)
    if not matched:
        example = f", such as {paths[0].name}" if paths else ""
        raise ScreenError(
            f"{folder}: none of {len(paths)} label images{example} is named after an image of the screen, or after its "
            f"plate, well and site; the screen has {screen.image_files()[0][0]}."
        )
    yield Began("reading label images", total=len(matched), unit="image")
    tables: list[pd.DataFrame] = []
    for row, path in matched.items():
        tables.append(
            cells_from_labels(_read(path, None if sizes is None else sizes[row], screen.reduction.binning), row).table
        )
        yield Advanced(len(tables))
    yield Ended()
    cells = Cells.of(pd.concat(tables, ignore_index=True), folder.name)
    yield Said(f"{len(cells):,} cells from the labels of {len(matched):,} of {len(screen):,} fields")
    if len(matched) < len(paths):
        yield Warned(f"{len(paths) - len(matched)} images in {folder} belong to no field of the screen")
    return cells


def _match(paths: list[Path], screen: Screen) -> dict[int, Path]:
    """Give the label image of each field that has one."""
    stems = _own_stems(screen)
    places = _own_places(screen)
    matched: dict[int, Path] = {}
    for path in paths:
        row = stems.get(_bare(path.name), -1)
        row = row if row >= 0 else _by_place(path, places)
        if row >= 0:
            matched.setdefault(row, path)
    return dict(sorted(matched.items()))


def _own_stems(screen: Screen) -> dict[str, int]:
    own: dict[str, int] = {}
    for row, files in enumerate(screen.image_files()):
        for stem in {_bare(file.replace("\\", "/").rpartition("/")[2]) for file in files}:
            own[stem] = -1 if stem in own else row
    return own


def _own_places(screen: Screen) -> dict[tuple[str, str], list[tuple[str, int]]]:
    own: dict[tuple[str, str], list[tuple[str, int]]] = {}
    columns = (screen.sites[name].astype(str) for name in ("plate", "well", "site"))
    for row, (plate, well, site) in enumerate(zip(*columns, strict=True)):
        own.setdefault((well, plain_site(site)), []).append((plate, row))
    return own


def _by_place(path: Path, places: dict[tuple[str, str], list[tuple[str, int]]]) -> int:
    for match in _PLACE.finditer(path.stem):
        there = places.get((normalise_well(match[1]), plain_site(match[2])), [])
        named = [row for plate, row in there if plate and plate in str(path)]
        if len(named) == 1 or len(there) == 1:
            return named[0] if named else there[0][1]
    return -1


def _bare(name: str) -> str:
    """Cut what comes after the name of the image: its suffix, and words like "labels"."""
    stem = re.sub(r"\.(?:ome\.)?[^.]+$", "", name, flags=re.IGNORECASE)
    return _ENDING.sub("", stem)


def _read(path: Path, size: NDArray[np.int64] | None, binning: int) -> NDArray[np.int64]:
    pixels = np.squeeze(decode(path, alone=True)[0])
    if pixels.ndim != 2 or pixels.dtype.kind not in "biu":
        raise ScreenError(f"{path} is no label image: it holds {pixels.dtype} of shape {pixels.shape}, not one plane.")
    if size is not None and (np.array(pixels.shape) // binning != size).any():
        own = " x ".join(map(str, pixels.shape))
        raise ScreenError(f"{path} is {own} pixels high and wide, its field {size[0]} x {size[1]}; they must be equal.")
    return pixels.astype(np.int64)
