"""Operetta and Opera Phenix: the index that Harmony (versions 1 to 7) writes beside the images.

Older indices say everything with each image; version 7 keeps what all images of a channel share in `<Maps>`. Fields are
numbered along a snake or spiral, so their number says nothing of their position.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdcl.images.xml import elements
from cdcl.readers.planes import keep_present, make_planes, micrometres
from cdcl.screen.plates import well_name

if TYPE_CHECKING:
    from cdcl.images.xml import Element
    from cdcl.readers.planes import Planes
    from cdcl.readers.walking import Tree

INDEX_NAMES = ("index.idx.xml", "index.xml")
MICROMETRES = 1e6
"""In a metre, the unit of the index."""


@dataclass
class _Index:
    """What the index says of the plate and of each channel, before it comes to the images."""

    file: str
    plate: str = ""
    acquired: str = ""
    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: int = 0

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]


class Harmony:
    """Index.idx.xml or Index.xml, with images beside it."""

    expects = "a file Index.idx.xml or Index.xml beside images r01c01f01p01-ch1sk1fk1fl1.tiff"

    def claim(self, tree: Tree) -> int:
        """Count the indices and the files beside and below them: Harmony 7 can put the index above its images."""
        folders = tuple({file.rpartition("/")[0] for file in tree.named(*INDEX_NAMES)})
        below = tuple(f"{folder}/" for folder in folders if folder)
        return len(tree.files) if "" in folders else sum(file.startswith(below) for file in tree.files) if below else 0

    def read(self, tree: Tree) -> Planes:
        """Give the planes that the indices list and that are there."""
        indices = {file.rpartition("/")[0]: file for file in sorted(tree.named(*INDEX_NAMES), reverse=True)}
        rows: list[dict[str, object]] = []
        failed = 0
        for file in sorted(indices.values()):
            index = _Index(file)
            rows += _planes(index, tree)
            failed += index.failed
        planes = keep_present(make_planes(rows, tree.root, ordered=True), tree, "the index")
        note = f"{failed} images failed on the microscope (State is not Ok) and are left out." if failed else ""
        return planes.noting(note)


def _planes(index: _Index, tree: Tree) -> list[dict[str, object]]:
    rows = []
    for element in elements(tree.root / index.file, "Plate", "Entry", "Image", beside=len(tree.files)):
        if element.name == "Plate":
            index.plate = element.value("PlateID") or element.value("Name") or index.plate
            index.acquired = element.value("MeasurementStartTime")[:10]
        elif element.name == "Entry":
            known = index.channels.setdefault(element.attributes.get("ChannelID", ""), {})
            known.update({child.name: child.text for child in element.children if child.text})
        elif element.value("URL"):
            index.failed += element.value("State").lower() not in ("ok", "")
            if element.value("State").lower() in ("ok", ""):
                rows.append(_plane(element, index))
    return _with_different_names(rows, index)


def _plane(image: Element, index: _Index) -> dict[str, object]:
    values = {child.name: child.text for child in image.children}
    shared = index.channels.get(values.get("ChannelID", ""), {})
    name = values.get("ChannelName") or shared.get("ChannelName") or f"ch{values.get('ChannelID', '1')}"
    width = values.get("ImageResolutionX") or shared.get("ImageResolutionX")
    file = values["URL"].replace("\\", "/")
    file = file.rpartition("/")[2] if ":" in file else file
    return {
        "plate": index.plate or index.folder or "plate",
        "well": well_name(_number(values.get("Row")), _number(values.get("Col"))),
        "site": values.get("FieldID", "1"),
        "channel": name.replace(";", ","),
        "channel_id": values.get("ChannelID", ""),
        "z": values.get("PlaneID", ""),
        "t": values.get("TimepointID", ""),
        "path": f"{index.folder}/{file}" if index.folder else file,
        "acquired": index.acquired,
        "pixel_size": micrometres(width, MICROMETRES),
    }


def _with_different_names(rows: list[dict[str, object]], index: _Index) -> list[dict[str, object]]:
    """Tell two channels of one name apart by their number."""
    numbers: dict[object, set[object]] = {}
    for row in rows:
        numbers.setdefault(row["channel"], set()).add(row["channel_id"])
    for row in rows:
        if len(numbers[row["channel"]]) > 1:
            row["channel"] = f"{row['channel']} (ch{row['channel_id']})"
        del row["channel_id"]
    return rows


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else 1
