"""OME-Zarr plates (HCS), versions 0.4 and 0.5: `plate.zarr/<row>/<column>/<field>/<level>`; only JSON is read here."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from cdcl.errors import ScreenError
from cdcl.images.claims import MOST_PLANES
from cdcl.images.references import plane_reference
from cdcl.images.zarr_metadata import attributes, first_level, listed
from cdcl.readers.planes import Planes, make_planes, micrometres
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.readers.walking import Tree

_MICROMETRES = {"nanometer": 1e-3, "micrometer": 1.0, "millimeter": 1e3, "meter": 1e6}


class OmeZarr:
    """Plates in folders called .zarr."""

    expects = "OME-Zarr plates (HCS 0.4 or 0.5): plate.zarr/B/07/0/0"

    def claim(self, tree: Tree) -> int:
        """Count the plates."""
        return sum("plate" in attributes(tree.root / array) for array in tree.arrays)

    def read(self, tree: Tree) -> Planes:
        """Give the planes of all wells; of each field the first resolution."""
        rows: list[dict[str, object]] = []
        notes = []
        for array in tree.arrays:
            plate = attributes(tree.root / array).get("plate")
            if plate is not None:
                absent: list[str] = []
                rows += _plate(tree, array, plate, absent)
                if absent:
                    named = ", ".join(absent[:4]) + (", ..." if len(absent) > 4 else "")
                    where = array or tree.root.name
                    lacking = counted(len(absent), "well or field is", "wells or fields are")
                    notes.append(f"{lacking} not there, though {where} lists them: {named}.")
                rounds = plate.get("acquisitions")
                if isinstance(rounds, list) and len(rounds) > 1:
                    notes.append(
                        f"{array or tree.root.name} has {len(rounds)} acquisitions; each of their fields is a site."
                    )
        return make_planes(rows, tree.root, ordered=True).noting(*notes)


def _plate(tree: Tree, array: str, plate: dict[str, Any], absent: list[str]) -> Iterator[dict[str, object]]:
    """Give the planes of a plate; wells and fields that are listed and not on disk are added to `absent`."""
    wells = listed(plate, "wells", tree.root / array)
    name = plate.get("name") or (array or tree.root.absolute().name).rpartition("/")[2].removesuffix(".zarr")
    for well in wells:
        path = _join(array, str(well["path"]) if isinstance(well, dict) and "path" in well else "")
        if not (tree.root / path).is_dir():
            absent.append(path)
            continue
        images = attributes(tree.root / path).get("well") or {}
        for image in listed(images, "images", tree.root / path):
            field = str(image["path"]) if isinstance(image, dict) and "path" in image else ""
            if not field:
                raise ScreenError(f"{tree.root / path}: its metadata list an image without a path; write it again.")
            if not (tree.root / path / field).is_dir():
                absent.append(f"{path}/{field}")
                continue
            place = {"plate": str(name), "well": "".join(path.split("/")[-2:]), "site": field}
            for plane in _image(tree, _join(path, field)):
                yield {**place, **plane}


def _image(tree: Tree, path: str) -> Iterator[dict[str, object]]:
    """Give the planes of a field: all but the last two axes are counted through."""
    where = tree.root / path
    metadata = attributes(where)
    level = first_level(where, metadata)
    axes, shape = level.axes, level.shape
    if math.prod(shape[:-2]) > MOST_PLANES:
        told = " x ".join(map(str, shape[:-2]))
        raise ScreenError(f"{where / level.path} tells {told} planes, more than the {MOST_PLANES:,} of one field.")
    names = _channel_names(metadata, shape[axes.index("c")] if "c" in axes else 1)
    size = _pixel_size(level.scale, level.level)
    for place in itertools.product(*map(range, shape[:-2])):
        at = dict(zip(axes, place, strict=False))
        depth, time = (str(at[axis]) if axis in at else "" for axis in "zt")
        plane = {"channel": names[at.get("c", 0)], "z": depth, "t": time, "pixel_size": size}
        yield {**plane, "path": plane_reference(_join(path, level.path), *place)}


def _channel_names(metadata: dict[str, Any], count: int) -> list[str]:
    omero = metadata.get("omero")
    channels = omero.get("channels") if isinstance(omero, dict) else None
    names = [str(c.get("label", "")) for c in channels if isinstance(c, dict)] if isinstance(channels, list) else []
    if len(names) == len(set(names)) == count and all(names):
        return [name.replace(";", ",") for name in names]
    return [f"channel_{number}" for number in range(1, count + 1)]


def _pixel_size(scale: dict[str, Any], level: dict[str, Any]) -> str:
    """Give micrometres, where the last axis has a unit."""
    try:
        unit = _MICROMETRES[scale["axes"][-1]["unit"]]
        sizes = [step["scale"][-1] for step in level["coordinateTransformations"] if step["type"] == "scale"]
        return micrometres(sizes[0], unit)
    except (LookupError, TypeError):
        return ""


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
