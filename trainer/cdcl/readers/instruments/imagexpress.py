"""ImageXpress (MetaXpress): `<plate>_<well>_s<site>_w<wave>[_thumb][GUID].tif`, classic and exported.

Above the images stand `<plate>/<date>/<number>/`, `TimePoint_<t>` and `ZStep_<z>`; images beside or in `ZStep_0` are
the microscope's projections.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.readers.filenames import FileNames, plate_folder
from cdcl.readers.planes import PROJECTION, Planes
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.readers.walking import Tree

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NAME = re.compile(
    rf"(?:(?P<plate>.+)_)?(?P<well>[A-Z]{{1,2}}\d{{2}})(?:_s(?P<site>\d+))?(?:_w(?P<channel>\d+?))?"
    rf"(?P<thumb>_thumb)?(?P<guid>{_GUID})?\.(?:tif|tiff|TIF|TIFF)"
)
_STEP = re.compile(r"(?:^|/)ZStep_(\d+)/")
_TIME = re.compile(r"(?:^|/)TimePoint_(\d+)/")
_WAVE_NAME = re.compile(r'^\s*"?WaveName(\d+)"?\s*,\s*"?([^"\r\n]*?)"?\s*$', re.MULTILINE)


@dataclass(frozen=True)
class ImageXpress(FileNames):
    """File names of MetaXpress, and its .HTD files where there are some."""

    def read(self, tree: Tree) -> Planes:
        """Give the planes without thumbnails; z and t stand in the folders, wave names in .HTD files."""
        planes = super().read(tree)
        table = planes.table
        thumbs = (table["thumb"] != "").to_numpy()
        table = table[~thumbs].drop(columns=["thumb", "guid"]).reset_index(drop=True)
        waves = _waves(table["channel"], tree)
        table = table.assign(
            plate=_plates(table, tree),
            channel=table["channel"].map(waves),
            z=_steps(table["path"]),
            t=table["path"].str.extract(_TIME, expand=False).fillna(""),
        )
        note = f"{int(thumbs.sum())} thumbnails are left out." if thumbs.any() else ""
        return Planes(table, planes.notes, tuple(waves.values())).noting(note)


def _plates(table: pd.DataFrame, tree: Tree) -> list[str]:
    """Name plates by their folders, for prefixes may be the same on all plates; in a folder of many, by the prefix."""
    prefixes: dict[str, set[str]] = defaultdict(set)
    folders = [_plate_folder(path, wave, tree) for path, wave in zip(table["path"], table["channel"], strict=True)]
    for folder, prefix in zip(folders, table["plate"], strict=True):
        prefixes[folder].add(prefix)
    root = tree.root.absolute().name
    return [
        prefix if prefix and (len(prefixes[folder]) > 1 or (folder == root and prefix not in folder)) else folder
        for folder, prefix in zip(folders, table["plate"], strict=True)
    ]


def _plate_folder(path: str, wave: str, tree: Tree) -> str:
    """Name the folder of a plate; archives with one folder a wave call it `<plate>w<wave>`."""
    name = plate_folder(path, tree)
    return name.removesuffix(f"w{wave}") or name


def _steps(paths: pd.Series) -> pd.Series:
    """Give the plane of each path; step 0, and none where others have one, is a projection."""
    steps = paths.str.extract(_STEP, expand=False).fillna("")
    return steps.replace({"": PROJECTION, "0": PROJECTION}) if (steps != "").any() else steps


def _waves(numbers: pd.Series, tree: Tree) -> dict[str, str]:
    """Name the waves, in order: w1, w2, ..., or as the .HTD files do where all agree and names differ."""
    waves = sorted(numbers.unique(), key=natural)
    names = {number: f"w{number}" if number.isdecimal() else "w1" for number in waves}
    told = [_wave_names(tree, file) for file in tree.ending(".htd")]
    if told and all(other == told[0] for other in told) and set(names) <= set(told[0]):
        given = {number: told[0][number] for number in names}
        names = given if len(set(given.values())) == len(given) else names
    return names


def _wave_names(tree: Tree, file: str) -> dict[str, str]:
    text = (tree.root / file).read_bytes().decode("utf-8-sig", "replace")
    return {number: name for number, name in _WAVE_NAME.findall(text.replace("\r", "\n")) if name}


LAYOUT = ImageXpress(
    _NAME,
    "images <plate>_<well>_s<site>_w<wave>[GUID].tif, maybe in TimePoint_1 or ZStep_1",
    ("site", "channel", "guid"),
)
