"""Yokogawa CellVoyager (CV7000, CV8000, CQ1): `MeasurementData.mlf`, with `.mrf` and `.mes` beside it.

Records of type ERR are planes that the microscope failed to take (its autofocus gave up): their files are not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.images.xml import elements
from cdcl.readers.planes import Planes, keep_present, make_planes, micrometres
from cdcl.screen.plates import well_name

if TYPE_CHECKING:
    from cdcl.images.xml import Element
    from cdcl.readers.walking import Tree


class CellVoyager:
    """A list of measured planes, .mlf."""

    expects = "a file MeasurementData.mlf beside images <title>_C03_T0001F001L01A01Z01C01.tif"

    def claim(self, tree: Tree) -> int:
        """Count the lists and the files beside them."""
        folders = {file.rpartition("/")[0] for file in tree.ending(".mlf")}
        return sum(file.rpartition("/")[0] in folders for file in tree.files) if folders else 0

    def read(self, tree: Tree) -> Planes:
        """Give the planes that the lists name and that are there."""
        rows: list[dict[str, object]] = []
        failed = 0
        for file in tree.ending(".mlf"):
            folder = file.rpartition("/")[0]
            shared, sizes, names = _details(tree, folder)
            for record in elements(tree.root / file, "MeasurementRecord", beside=len(tree.files)):
                if record.attributes.get("Type") == "IMG":
                    rows.append({**_plane(record, folder, sizes, names, tree), **shared})
                failed += record.attributes.get("Type") == "ERR"
        planes = keep_present(make_planes(rows, tree.root, ordered=True), tree, "the .mlf file")
        note = f"{failed} planes failed on the microscope (ERR)." if failed else ""
        return planes.noting(note)


def _plane(record: Element, folder: str, sizes: dict[str, str], names: dict[str, str], tree: Tree) -> dict[str, object]:
    values = record.attributes
    channel = values.get("Ch", "1")
    file = record.text.replace("\\", "/").rpartition("/")[2]
    try:
        well = well_name(int(values["Row"]), int(values["Column"]))
    except (KeyError, ValueError) as error:
        raise ScreenError(f"{tree.root / folder}: the .mlf file has a record without Row and Column.") from error
    return {
        "well": well,
        "site": values.get("FieldIndex", "1"),
        "channel": names.get(channel) or f"C{channel.zfill(2)}",
        "z": values.get("ZIndex", ""),
        "t": values.get("TimePoint", ""),
        "path": f"{folder}/{file}" if folder else file,
        "pixel_size": sizes.get(channel, ""),
    }


def _details(tree: Tree, folder: str) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    """Give plate and day, the pixel size of each channel, and the names of stains where the settings hold them."""
    beside = [file for file in tree.files if file.rpartition("/")[0] == folder]
    plate, acquired, sizes, names = folder.rpartition("/")[2] or "plate", "", {}, {}
    for file in (file for file in beside if file.lower().endswith(".mrf")):
        for element in elements(tree.root / file, "MeasurementDetail", beside=len(tree.files)):
            acquired = element.attributes.get("BeginTime", "")[:10]
            title = element.find("MeasurementSamplePlate")
            plate = (title and title.attributes.get("Name")) or element.attributes.get("Title") or plate
            for channel in element.all("MeasurementChannel"):
                sizes[channel.attributes.get("Ch", "")] = micrometres(
                    channel.attributes.get("HorizontalPixelDimension")
                )
    for file in (file for file in beside if file.lower().endswith(".mes")):
        for channel in elements(tree.root / file, "Channel", beside=len(tree.files)):
            names[channel.attributes.get("Ch", "")] = channel.attributes.get("Fluorophore", "")
    different = len(set(names.values())) == len(names)
    return {"plate": plate, "acquired": acquired}, sizes, names if different else {}
