"""Headers and tables that claim what no screen holds are refused in a line, within 10 s and 1 GB."""

from __future__ import annotations

import json
from struct import pack
from typing import TYPE_CHECKING

import pytest
from little_memory import LINUX, in_little_memory

from cdcl.readers import Request, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANY = 10**6
HUGE = 600 * 2**20


def sparse(path: Path, begin: bytes, size: int = HUGE) -> Path:
    """Write a file that begins so and is holes beyond: it takes no room on disk and claims `size`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(size)
    return path


def zarr_field(folder: Path, shape: list[int], axes: str, version: int = 2) -> Path:
    """Write a plate of one well and field whose array claims a shape."""
    plate = folder / "P.zarr"
    field = plate / "B" / "2" / "0"
    (field / "0").mkdir(parents=True)
    groups = {
        plate: {"plate": {"wells": [{"path": "B/2"}]}},
        plate / "B" / "2": {"well": {"images": [{"path": "0"}]}},
        field: {"multiscales": [{"axes": [{"name": axis} for axis in axes], "datasets": [{"path": "0"}]}]},
    }
    for group, attributes in groups.items():
        (group / ".zattrs").write_text(json.dumps(attributes))
    (field / "0" / ".zarray").write_text(json.dumps({"zarr_format": version, "shape": shape}))
    return folder


def plain_zarr(folder: Path) -> Path:
    (folder / "images.zarr").mkdir()
    (folder / "images.zarr" / ".zarray").write_text(json.dumps({"zarr_format": 2, "shape": [2, MANY, 64, 64]}))
    (folder / "sites.csv").write_text("plate,well,idx\nP,A01,0\nP,A02,1\n")
    return folder


def companion(folder: Path) -> Path:
    (folder / "a.tif").touch()
    return sparse(folder / "P.companion.ome", b"<?xml version='1.0'?><OME>").parent


SCREENS: dict[str, Callable[[Path], Path]] = {
    "OME-XML of 600 MB": companion,
    "Harmony index of 600 MB": lambda at: sparse(at / "Index.idx.xml", b"<?xml version='1.0'?><Root>").parent,
    "MeasurementData of 600 MB": lambda at: sparse(at / "MeasurementData.mlf", b"<MeasurementData>").parent,
    "zarr attributes of 600 MB": lambda at: sparse(at / "P.zarr" / ".zattrs", b'{"plate": ').parent.parent,
    "OME-Zarr of 10^6 channels": lambda at: zarr_field(at, [MANY, 64, 64], "cyx"),
    "OME-Zarr of 10^6 planes": lambda at: zarr_field(at, [1, MANY, 64, 64], "czyx"),
    "OME-Zarr of 10^18 planes": lambda at: zarr_field(at, [MANY, MANY, MANY, 64, 64], "tczyx"),
    "zarr of 10^6 channels": plain_zarr,
}


@LINUX
@pytest.mark.parametrize("claim", SCREENS)
def test_a_screen_that_claims_too_much_is_one_line(tmp_path: Path, claim: str) -> None:
    source = SCREENS[claim](tmp_path)
    said = in_little_memory(lambda: scan_source(source))
    assert said.startswith(str(tmp_path)), said
    assert "\n" not in said
    assert len(said) < 400 + len(str(tmp_path))


@LINUX
@pytest.mark.parametrize("held", [False, True], ids=["claimed", "held"])
@pytest.mark.parametrize("name", ["P_{}_s1.ome.tif", "P_{}_s1.tif"])
def test_a_tiff_with_a_header_of_600_megabytes_is_one_line(tmp_path: Path, name: str, held: bool) -> None:
    entries = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (270, 2, HUGE, 512), (273, 4, 1, 8), (279, 4, 1, 64)]
    directory = pack("<H", len(entries)) + b"".join(pack("<HHII", *entry) for entry in entries) + pack("<I", 0)
    content = b"II*\0" + pack("<I", 128) + bytes(120) + directory
    path = tmp_path / name.format("A01")
    sparse(path, content.ljust(512, b"\0") + b"<OME>", HUGE + 1000 if held else 1500)
    request = Request(pattern="{plate}" + name.removeprefix("P").format("{well}"))
    said = in_little_memory(lambda: scan_source(tmp_path, request))
    assert said.startswith(f"{path} has a header of 629,145,600 bytes"), said
    assert "\n" not in said
