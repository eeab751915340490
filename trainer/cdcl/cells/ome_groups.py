"""Groups and arrays of OME-Zarr as its two versions lay them out: 0.4 on zarr 2, 0.5 on zarr 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

CHUNK = 1024
"""Side of a chunk, in pixels."""


@dataclass(frozen=True)
class Version:
    """A version of OME-Zarr, and the zarr format below it."""

    name: str
    zarr_format: Literal[2, 3]

    @classmethod
    def named(cls, name: str) -> Version:
        """Give the version of a name; "" is 0.4, which more viewers open."""
        return cls("0.5", 3) if name == "0.5" else cls("0.4", 2)

    def attributes(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """Put OME metadata where this version wants them, with its name."""
        if self.zarr_format == 3:
            return {"ome": {"version": self.name, **metadata}} if metadata else {}
        return {key: _versioned(value, self.name) for key, value in metadata.items()}

    def set_attributes(self, folder: Path, metadata: dict[str, Any]) -> None:
        """Write metadata of a group that may be there already; its other attributes stay."""
        zarr = _zarr(folder)
        group = zarr.open_group(str(folder), mode="a", zarr_format=self.zarr_format)
        known = dict(group.attrs)
        new = self.attributes(metadata)
        if self.zarr_format == 3 and isinstance(known.get("ome"), dict):
            new = {"ome": {**known["ome"], **new["ome"]}}
        group.attrs.put({**known, **new})


def version_of(group: Path) -> Version:
    """Tell the version of a group that exists."""
    return Version.named("0.5" if (group / "zarr.json").exists() else "0.4")


def make_group(folder: Path, version: Version, metadata: dict[str, Any], others: dict[str, Any] | None = None) -> None:
    """Make a group with OME metadata, and other attributes beside them."""
    attributes = {**version.attributes(metadata), **(others or {})}
    _zarr(folder).create_group(store=str(folder), zarr_format=version.zarr_format, attributes=attributes)


def write_levels(folder: Path, image: NDArray[np.integer[Any]], version: Version, metadata: dict[str, Any]) -> None:
    """Make the group of a label image, with as many resolutions as its metadata name, each half the one before."""
    source = metadata.pop("source", None)
    if source is not None:
        metadata["image-label"]["source"] = {"image": source}
    zarr = _zarr(folder)
    # A folder that was made to be renamed is there already, and empty.
    group = zarr.create_group(
        store=str(folder), zarr_format=version.zarr_format, attributes=version.attributes(metadata), overwrite=True
    )
    pixels = image.astype(np.uint16 if not image.size or image.max() < 2**16 else np.uint32)
    named = {"dimension_names": ("y", "x")} if version.zarr_format == 3 else {}
    for level in range(len(metadata["multiscales"][0]["datasets"])):
        small = np.ascontiguousarray(pixels[:: 2**level, :: 2**level])
        chunks = tuple(min(CHUNK, length) for length in small.shape)
        separated = {"name": "default" if version.zarr_format == 3 else "v2", "separator": "/"}
        group.create_array(str(level), data=small, chunks=chunks, chunk_key_encoding=separated, **named)


def image_metadata(name: str, pixel_size: float | None, *, levels: int = 1, path: str = "") -> dict[str, Any]:
    """Describe an image (Y, X) by its axes, and the arrays that hold it, below `path`."""
    unit = {"unit": "micrometer"} if pixel_size else {}
    axes = [{"name": axis, "type": "space", **unit} for axis in "yx"]
    datasets = []
    for level in range(levels):
        side = (pixel_size or 1.0) * 2**level
        scale = {"type": "scale", "scale": [side, side]}
        datasets.append({"path": f"{path}{level}", "coordinateTransformations": [scale]})
    return {"multiscales": [{"name": name, "axes": axes, "datasets": datasets}]}


def label_metadata(name: str, known: pd.DataFrame, pixel_size: float | None, levels: int = 1) -> dict[str, Any]:
    """Describe a label image, with what is known of each label as its properties."""
    columns = [column for column in known if column not in ("row", "cell")]
    rows = known[columns].to_dict("records")
    properties = [
        {"label-value": int(value), **{str(key): _plain(entry) for key, entry in row.items()}}
        for value, row in zip(known["cell"], rows, strict=True)
    ]
    return {
        **image_metadata(name, pixel_size, levels=levels),
        "image-label": {"properties": properties},
    }


def _plain(value: Any) -> Any:
    """Give a value as JSON knows it: a missing number is an empty text."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float):
        return plain if np.isfinite(plain) else ""
    return plain if isinstance(plain, str | int | bool) else str(plain)


def _versioned(value: Any, version: str) -> Any:
    """Add the version within each dictionary, as 0.4 has it; lists of names are left as they are."""
    if isinstance(value, dict):
        return {"version": version, **value}
    if isinstance(value, list):
        return [{"version": version, **entry} if isinstance(entry, dict) else entry for entry in value]
    return value


def _zarr(folder: Path) -> Any:
    try:
        import zarr
    except ImportError as error:
        raise ScreenError(f"{folder} is written as zarr; `pip install napari-cdcl[zarr]` brings it.") from error
    return zarr
