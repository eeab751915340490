from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.errors import ScreenError
from cdcl.readers import Choice, Request, scan_source

if TYPE_CHECKING:
    from pathlib import Path

PATTERN = "{plate}/{well}_s{site}.tif"


def stacks(folder: Path, shape: tuple[int, ...], suffix: str = "tif", **options: object) -> np.ndarray:
    """Write one stack for two wells; values tell the pages apart."""
    pixels = np.arange(int(np.prod(shape)), dtype=np.uint16).reshape(shape)
    for well in ("A01", "A02"):
        (folder / "P1").mkdir(exist_ok=True)
        tifffile.imwrite(folder / "P1" / f"{well}_s1.{suffix}", pixels, **options)
    return pixels


def test_channels_of_an_ome_tiff_are_channels_by_their_names(tmp_path: Path) -> None:
    names = ["DNA", "Actin", "Mito"]
    pixels = stacks(tmp_path, (3, 4, 5), "ome.tif", ome=True, metadata={"axes": "CYX", "Channel": {"Name": names}})
    screen = scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif")).screen
    assert screen.channels == ("DNA", "Actin", "Mito")
    assert np.array_equal(screen.image(0), pixels)


@pytest.mark.parametrize(("z", "right"), [("", "max"), ("max", "max"), ("2", 2)])
def test_a_hyperstack_keeps_its_channels_and_folds_its_z(tmp_path: Path, z: str, right: int | str) -> None:
    pixels = stacks(tmp_path, (5, 2, 4, 5), imagej=True, metadata={"axes": "ZCYX"})
    screen = scan_source(tmp_path, Request(pattern=PATTERN, choice=Choice(z=z))).screen
    assert screen.channels == ("channel_1", "channel_2")
    expected = pixels.max(axis=0) if right == "max" else pixels[right]
    assert np.array_equal(screen.image(0), expected)


def test_a_time_point_of_a_stack_is_chosen(tmp_path: Path) -> None:
    pixels = stacks(tmp_path, (3, 2, 4, 5), imagej=True, metadata={"axes": "TCYX"})
    screen = scan_source(tmp_path, Request(pattern=PATTERN, choice=Choice(t="1"))).screen
    assert np.array_equal(screen.image(0), pixels[1])


def test_pages_that_nobody_named_are_channels_where_they_are_named(tmp_path: Path) -> None:
    pixels = stacks(tmp_path, (3, 4, 5), photometric="minisblack")
    choice = Choice(channels={"DNA": "DNA", "ER": "ER", "AGP": "AGP"})
    screen = scan_source(tmp_path, Request(pattern=PATTERN, choice=choice)).screen
    assert screen.channels == ("DNA", "ER", "AGP")
    assert np.array_equal(screen.image(1), pixels)


def write_one(path: Path, axes: str, shape: tuple[int, ...], names: list[str] | None = None) -> None:
    path.parent.mkdir(exist_ok=True)
    metadata = {"axes": axes, **({"Channel": {"Name": names}} if names else {})}
    tifffile.imwrite(path, np.zeros(shape, np.uint16), ome=True, metadata=metadata)


@pytest.mark.parametrize(
    ("axes", "shape", "names"),
    [
        ("CYX", (2, 4, 5), ["Actin", "DNA"]),
        ("CYX", (3, 4, 5), ["DNA", "Actin", "Mito"]),
        ("ZYX", (2, 4, 5), None),
    ],
    ids=["channels in another order", "another number of channels", "planes in place of channels"],
)
def test_plates_whose_files_declare_other_channels_are_not_read_as_one(
    tmp_path: Path, axes: str, shape: tuple[int, ...], names: list[str] | None
) -> None:
    write_one(tmp_path / "P1" / "A01_s1.ome.tif", "CYX", (2, 4, 5), ["DNA", "Actin"])
    write_one(tmp_path / "P2" / "A01_s1.ome.tif", axes, shape, names)
    with pytest.raises(ScreenError, match=r"P1/A01_s1\.ome\.tif holds 2 C .*scan them apart"):
        scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif"))


def test_pages_in_another_order_are_not_read_as_one(tmp_path: Path) -> None:
    write_one(tmp_path / "P1" / "A01_s1.ome.tif", "ZCYX", (2, 2, 4, 5))
    write_one(tmp_path / "P2" / "A01_s1.ome.tif", "CZYX", (2, 2, 4, 5))
    with pytest.raises(ScreenError, match="scan them apart"):
        scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif"))


def test_files_of_different_depths_are_told(tmp_path: Path) -> None:
    write_one(tmp_path / "P1" / "A01_s1.ome.tif", "CZYX", (2, 2, 4, 5))
    write_one(tmp_path / "P2" / "A01_s1.ome.tif", "CZYX", (2, 3, 4, 5))
    notes = scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif")).notes
    assert any("files declare different depths" in note for note in notes)
