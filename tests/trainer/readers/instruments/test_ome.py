"""OME-TIFF plates, OME-Zarr plates of both versions, and plain zarr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, scan_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIXELS = np.random.default_rng(0).integers(1, 60000, (2, 3, 2, 4, 5), dtype=np.uint16)
"""Two fields of three channels, two planes each."""


def pixels_xml(number: int, data: str, order: str) -> str:
    names = "".join(f"<Channel ID='C{number}:{c}' Name='{name}'/>" for c, name in enumerate(("DNA", "ER", "a;b")))
    return (
        f"<Image ID='Image:{number}'><Pixels DimensionOrder='{order}' SizeX='5' SizeY='4' SizeZ='2' SizeC='3' "
        f"SizeT='1' Type='uint16' PhysicalSizeX='650' PhysicalSizeXUnit='nm'>{names}{data}</Pixels></Image>"
    )


def plate_xml(*images: str) -> str:
    samples = "".join(
        f"<WellSample ID='S{n}' Index='{n}'><ImageRef ID='Image:{n}'/></WellSample>" for n in range(len(images))
    )
    plate = f"<Plate ID='Plate:0' Name='0123'><Well ID='W' Row='1' Column='2'>{samples}</Well></Plate>"
    space = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    return f"<?xml version='1.0'?><OME xmlns='{space}'>{plate}{''.join(images)}</OME>"


def write_pages(path: Path, field: np.ndarray, text: str | None, order: str) -> None:
    """Write a field (channel, z, y, x) page by page, in an order of dimensions."""
    pages = field if order == "XYZCT" else field.transpose(1, 0, 2, 3)
    tifffile.imwrite(path, pages.reshape(-1, 4, 5), description=text, metadata=None, photometric="minisblack")


@pytest.mark.parametrize("order", ["XYZCT", "XYCZT"])
def test_each_file_may_hold_a_field(tmp_path: Path, order: str) -> None:
    blocks = [
        "".join(
            f"<TiffData IFD='{i}' FirstC='{c}' FirstZ='{z}'><UUID FileName='f{n}.ome.tif'>u{n}</UUID></TiffData>"
            for i, (c, z) in enumerate(places(order))
        )
        for n in (0, 1)
    ]
    text = plate_xml(*(pixels_xml(n, blocks[n], order) for n in (0, 1)))
    for number in (0, 1):
        write_pages(tmp_path / f"f{number}.ome.tif", PIXELS[number], text, order)
    scan = scan_source(tmp_path)
    assert scan.layout == "ome-tiff"
    assert scan.screen.channels == ("DNA", "ER", "a,b")
    assert scan.screen.sites[["plate", "well", "site"]].to_numpy().tolist() == [
        ["0123", "B03", "1"],
        ["0123", "B03", "2"],
    ]
    assert scan.screen.pixel_size == pytest.approx(0.65)
    for row in (0, 1):
        np.testing.assert_array_equal(scan.screen.image(row), PIXELS[row].max(axis=1))
    second = scan_source(tmp_path, Request(choice=Choice(z="1"))).screen
    np.testing.assert_array_equal(second.image(1), PIXELS[1][:, 1])


def places(order: str) -> list[tuple[int, int]]:
    """Give channel and plane of each page in turn."""
    if order == "XYZCT":
        return [(c, z) for c in range(3) for z in range(2)]
    return [(c, z) for z in range(2) for c in range(3)]


@pytest.mark.parametrize("order", ["XYZCT", "XYCZT"])
def test_a_block_that_says_nothing_counts_up_in_the_order_of_dimensions(tmp_path: Path, order: str) -> None:
    write_pages(tmp_path / "P.ome.tiff", PIXELS[0], plate_xml(pixels_xml(0, "<TiffData/>", order)), order)
    np.testing.assert_array_equal(scan_source(tmp_path).screen.image(0), PIXELS[0].max(axis=1))


def test_a_companion_describes_files_without_metadata(tmp_path: Path) -> None:
    data = [f"<TiffData IFD='0' PlaneCount='6'><UUID FileName='f{n}.tif'>u{n}</UUID></TiffData>" for n in (0, 1)]
    text = plate_xml(*(pixels_xml(n, data[n], "XYZCT") for n in (0, 1)))
    (tmp_path / "plate.companion.ome").write_text(text, encoding="utf-8")
    for number in (0, 1):
        write_pages(tmp_path / f"f{number}.tif", PIXELS[number], None, "XYZCT")
    for source in (tmp_path, tmp_path / "plate.companion.ome"):
        np.testing.assert_array_equal(scan_source(source).screen.image(1), PIXELS[1].max(axis=1))


def write_plate(folder: Path, version: str, axes: str = "tczyx", **image: Any) -> None:
    """Write the metadata of a plate with two fields in B2; the pixels are left to `write_arrays`."""
    shape = {"t": 1, "c": 3, "z": 2, "y": 4, "x": 5}
    scale = {"type": "scale", "scale": [1.0] * (len(axes) - 1) + [0.65]}
    multiscale = {
        "axes": [{"name": a, "type": "space", **({"unit": "micrometer"} if a in "yx" else {})} for a in axes],
        "datasets": [{"path": "0", "coordinateTransformations": [scale]}],
    }
    omero = {"channels": [{"label": name} for name in ("DNA", "ER", "Actin")]}
    groups: dict[str, dict[str, Any]] = {
        "": {
            "plate": {"name": "0123", "wells": [{"path": "B/2", "rowIndex": 0, "columnIndex": 0}], "acquisitions": []}
        },
        "B/2": {"well": {"images": [{"path": "0"}, {"path": "1"}]}},
        **{f"B/2/{n}": {"multiscales": [multiscale], "omero": omero, **image} for n in (0, 1)},
    }
    for name, attributes in groups.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        if version == "0.4":
            (folder / name / ".zattrs").write_text(json.dumps(attributes))
            (folder / name / ".zgroup").write_text('{"zarr_format": 2}')
        else:
            ome = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": version, **attributes}}}
            (folder / name / "zarr.json").write_text(json.dumps(ome))
    for n in (0, 1):
        array = folder / f"B/2/{n}/0"
        array.mkdir(parents=True, exist_ok=True)
        file = array / (".zarray" if version == "0.4" else "zarr.json")
        file.write_text(json.dumps({"shape": [shape[axis] for axis in axes]}))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_plates_of_both_versions_are_told_by_their_json(tmp_path: Path, version: str) -> None:
    write_plate(tmp_path / "P.zarr", version)
    for source in (tmp_path, tmp_path / "P.zarr"):
        scan = scan_source(source)
        assert scan.layout == "ome-zarr"
        assert scan.screen.channels == ("DNA", "ER", "Actin")
        assert scan.screen.sites[["plate", "well", "site"]].to_numpy().tolist() == [["0123", "B02", s] for s in "01"]
        assert scan.screen.pixel_size == pytest.approx(0.65)
        assert scan.screen.sites["path_ER"].iloc[0].endswith("B/2/0/0#0,1,0|#0,1,1")


def test_channels_without_names_are_numbered(tmp_path: Path) -> None:
    write_plate(tmp_path / "P.zarr", "0.5", axes="cyx", omero={"channels": [{"color": "FF0000"}]})
    assert scan_source(tmp_path).screen.channels == ("channel_1", "channel_2", "channel_3")


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_the_pixels_of_a_plate_are_its_arrays(tmp_path: Path, version: str) -> None:
    zarr = pytest.importorskip("zarr")
    write_plate(tmp_path / "P.zarr", version, axes="czyx")
    for n in (0, 1):
        where = str(tmp_path / f"P.zarr/B/2/{n}/0")
        array = zarr.create_array(
            where, shape=(3, 2, 4, 5), chunks=(1, 1, 4, 5), dtype="u2", zarr_format=2 if version == "0.4" else 3,
            overwrite=True,
        )  # fmt: skip
        array[:] = PIXELS[n]
    screen = scan_source(tmp_path).screen
    for n in (0, 1):
        np.testing.assert_array_equal(screen.image(n), PIXELS[n].max(axis=1))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda plate: (plate / ".zattrs").write_text('{"plate": {"wells": [{"pa'),
    "no wells": lambda plate: (plate / ".zattrs").write_text('{"plate": {}}'),
    "wells that are text": lambda plate: (plate / ".zattrs").write_text('{"plate": {"wells": "B/2"}}'),
    "a well without images": lambda plate: (plate / "B/2/.zattrs").write_text("{}"),
    "an image without axes": lambda plate: (plate / "B/2/0/.zattrs").write_text('{"multiscales": [{}]}'),
    "multiscales that are numbers": lambda plate: (plate / "B/2/0/.zattrs").write_text('{"multiscales": [1]}'),
    "an array without shape": lambda plate: (plate / "B/2/0/0/.zarray").write_text('{"shape": [3, "x"]}'),
    "deep nesting": lambda plate: (plate / ".zattrs").write_text("[" * 200_000),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_metadata_are_one_line(tmp_path: Path, damage: str) -> None:
    write_plate(tmp_path / "P.zarr", "0.4")
    DAMAGES[damage](tmp_path / "P.zarr")
    with pytest.raises(ScreenError) as caught:
        scan_source(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_plain_array_wants_a_table_of_as_many_rows(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps({"shape": [2, 3, 4, 5], "attributes": {}}))
    with pytest.raises(ScreenError, match="no screen that cdcl knows"):
        scan_source(tmp_path)
    table = pd.DataFrame({"idx": ["1", "0"], "Plate": ["P2", "P1"], "Well": ["B02", "A01"]})
    table.to_csv(tmp_path / "sites.csv", index=False)
    scan = scan_source(tmp_path)
    assert scan.layout == "zarr"
    places = scan.screen.sites[["plate", "well", "path_channel_2"]].to_numpy().tolist()
    assert places == [["P1", "A01", "a.zarr#0,1"], ["P2", "B02", "a.zarr#1,1"]]
