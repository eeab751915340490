from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.errors import ImageError, ScreenError
from cdcl.events import Warned
from cdcl.images.pages import Pages, read_pages
from cdcl.pixels.cache import fill_cache
from cdcl.readers import Choice, Request, scan_source
from cdcl.readers import stacks as stacks_module
from cdcl.readers.stacks import FILES
from cdcl.screen.tables import read_screen_table, write_screen

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

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
    write_one(tmp_path / "P1" / "A01_s1.ome.tif", "ZCYX", (2, 2, 4, 5))
    write_one(tmp_path / "P2" / "A01_s1.ome.tif", "ZCYX", (3, 2, 4, 5))
    notes = scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif")).notes
    assert any("files declare different depths" in note for note in notes)


def test_a_depth_that_shifts_the_pages_of_channels_is_refused(tmp_path: Path) -> None:
    """Page 2 is the first of channel 2 in the one, and the last of channel 1 in the other."""
    write_one(tmp_path / "P1" / "A01_s1.ome.tif", "CZYX", (2, 2, 4, 5))
    write_one(tmp_path / "P2" / "A01_s1.ome.tif", "CZYX", (2, 3, 4, 5))
    with pytest.raises(ScreenError, match="scan them apart"):
        scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}.ome.tif"))


def test_a_stack_a_channel_may_name_its_channel(tmp_path: Path) -> None:
    for name in ("DNA", "ER"):
        write_one(tmp_path / "P1" / f"A01_s1_{name}.ome.tif", "ZYX", (3, 4, 5), [name])
    screen = scan_source(tmp_path, Request(pattern="{plate}/{well}_s{site}_{channel}.ome.tif")).screen
    assert screen.channels == ("DNA", "ER")
    assert screen.image(0).shape == (2, 4, 5)


FIRST = {"imagej": True, "metadata": {"axes": "ZCYX"}}
UNLIKE = {
    "the axes in another order": ((2, 3, 4, 5), {"imagej": True, "metadata": {"axes": "TCYX"}}),
    "more channels": ((3, 3, 4, 5), FIRST),
    "fewer planes": ((2, 2, 4, 5), FIRST),
    "names of channels": (
        (3, 2, 4, 5),
        {"ome": True, "metadata": {"axes": "ZCYX", "Channel": {"Name": ["ER", "DNA"]}}},
    ),
    "a single page": ((4, 5), {}),
    "colours": ((6, 4, 5, 3), {"photometric": "rgb"}),
}


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Screen, Path]:
    """A screen of more files than headers are looked at, and the first file that was not."""
    folder = tmp_path_factory.mktemp("unseen")
    pixels = np.arange(120, dtype=np.uint16).reshape(3, 2, 4, 5)
    names = [f"A01_s{site}.tif" for site in range(1, 2 * FILES + 1)]
    for name in names:
        tifffile.imwrite(folder / name, pixels, **FIRST)
    opened: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stacks_module, "read_pages", lambda path: opened.append(path.name) or read_pages(path))
        screen = scan_source(folder, Request(pattern="{well}_s{site}.tif")).screen
    return screen, folder / next(name for name in reversed(names) if name not in opened)


@pytest.mark.parametrize("unlike", UNLIKE)
def test_a_file_that_was_not_looked_at_is_named_when_it_is_read(unseen: tuple[Screen, Path], unlike: str) -> None:
    screen, path = unseen
    (row,) = [row for row in range(len(screen)) if f"{path.name}#" in screen.sites["path_channel_1"][row]]
    whole = path.read_bytes()
    shape, options = UNLIKE[unlike]
    try:
        tifffile.imwrite(path, np.ones(shape, np.uint16), **options)
        with pytest.raises(ImageError, match=rf"{path.name} (holds .*|cannot be decoded.*)remove its row"):
            screen.image(row)
        others = [other for other in range(len(screen)) if other != row]
        assert screen.image(others[-1]).max() == 119
    finally:
        path.write_bytes(whole)


def test_a_deeper_file_that_was_not_looked_at_is_told(unseen: tuple[Screen, Path], tmp_path: Path) -> None:
    screen, path = unseen
    whole = path.read_bytes()
    try:
        tifffile.imwrite(path, np.ones((4, 2, 4, 5), np.uint16), **FIRST)
        told = [event.message for event in fill_cache(screen, tmp_path) if isinstance(event, Warned)]
    finally:
        path.write_bytes(whole)
    assert len(told) == 1
    assert told[0].startswith("1 of 32 images have files of another depth")
    assert f"{path.name} holds 4 Z, 2 C, others 3 Z, 2 C" in told[0]


def test_what_pages_are_outlives_a_table(unseen: tuple[Screen, Path], tmp_path: Path) -> None:
    screen, _ = unseen
    for name in ("screen.csv", "screen.parquet"):
        write_screen(screen, tmp_path / name)
        assert read_screen_table(tmp_path / name).pages == screen.pages == Pages({"Z": 3, "C": 2})
