"""OME-Zarr plates (HCS), versions 0.4 and 0.5: `plate.zarr/<row>/<column>/<field>/<level>`; only JSON is read here."""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING, Any

from cdcl.errors import ScreenError
from cdcl.readers.planes import Planes, make_planes, micrometres
from cdcl.screen.references import plane_reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdcl.readers.walking import Tree

MAX_PLANES = 1_000_000
"""Of one field; an array of more is none of images."""

MAX_JSON_BYTES = 256 * 2**20

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
                rows += _plate(tree, array, plate)
                rounds = plate.get("acquisitions")
                if isinstance(rounds, list) and len(rounds) > 1:
                    notes.append(
                        f"{array or tree.root.name} has {len(rounds)} acquisitions; each of their fields is a site."
                    )
        return make_planes(rows, tree.root, ordered=True).noting(*notes)


def attributes(folder: Path) -> dict[str, Any]:
    """Give the OME metadata of a group, wherever its version keeps them; {} where there are none.

    Raises
    ------
    ScreenError
        If they are damaged.
    """
    found = _json(folder / "zarr.json").get("attributes") or _json(folder / ".zattrs")
    found = found.get("ome", found) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def array_shape(folder: Path) -> tuple[int, ...]:
    """Give the shape of an array, () where there is none; errors as in `attributes`."""
    shape = _json(folder / "zarr.json").get("shape") or _json(folder / ".zarray").get("shape")
    if not isinstance(shape, list) or not all(isinstance(length, int) and length > 0 for length in shape):
        return ()
    return tuple(shape)


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ScreenError(f"{path} is larger than any metadata; is it a zarr group?")
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ScreenError(f"{path} cannot be read as JSON ({reason}); copy the plate again.") from error
    return value if isinstance(value, dict) else {}


def _plate(tree: Tree, array: str, plate: dict[str, Any]) -> Iterator[dict[str, object]]:
    wells = _list(plate, "wells", tree.root / array)
    name = plate.get("name") or (array or tree.root.absolute().name).rpartition("/")[2].removesuffix(".zarr")
    for well in wells:
        path = _join(array, str(well["path"]) if isinstance(well, dict) and "path" in well else "")
        images = attributes(tree.root / path).get("well") or {}
        for image in _list(images, "images", tree.root / path):
            field = str(image["path"]) if isinstance(image, dict) and "path" in image else ""
            if not field:
                raise ScreenError(f"{tree.root / path}: its metadata list an image without a path; write it again.")
            place = {"plate": str(name), "well": "".join(path.split("/")[-2:]), "site": field}
            for plane in _image(tree, _join(path, field)):
                yield {**place, **plane}


def _list(holder: object, name: str, where: Path) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        raise ScreenError(f"{where}: its metadata list no {name}; write the plate again.")
    return found


def _image(tree: Tree, path: str) -> Iterator[dict[str, object]]:
    """Give the planes of a field: all but the last two axes are counted through."""
    where = tree.root / path
    metadata = attributes(where)
    scales = _list(metadata, "multiscales", where)
    try:
        axes = [str(axis["name"] if isinstance(axis, dict) else axis) for axis in scales[0]["axes"]]
        level = scales[0]["datasets"][0]
        array = _join(path, str(level["path"]))
    except (LookupError, TypeError) as error:
        raise ScreenError(f"{where}: its multiscales name no axes and datasets; write the plate again.") from error
    shape = array_shape(tree.root / array)
    if len(shape) != len(axes) or axes[-2:] != ["y", "x"] or math.prod(shape[:-2]) > MAX_PLANES:
        raise ScreenError(f"{tree.root / array}: axes {''.join(axes) or 'none'} do not fit the shape {shape}.")
    names = _channel_names(metadata, shape[axes.index("c")] if "c" in axes else 1)
    size = _pixel_size(scales[0], level)
    for place in itertools.product(*map(range, shape[:-2])):
        at = dict(zip(axes, place, strict=False))
        depth, time = (str(at[axis]) if axis in at else "" for axis in "zt")
        plane = {"channel": names[at.get("c", 0)], "z": depth, "t": time, "pixel_size": size}
        yield {**plane, "path": plane_reference(array, *place)}


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
