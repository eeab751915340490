"""A small file that claims much is refused in a line, in seconds and little memory; a path that is no file too."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from hostile_images import lead_back, ome, write_npy, write_pages, write_png, write_zarr
from hypothesis import given
from hypothesis import strategies as st
from little_memory import LINUX, in_little_memory

from cdcl.errors import ImageError
from cdcl.images.claims import MOST_PLANES, check_pixels, count_pages
from cdcl.images.reading import count_channels, read_image
from cdcl.pixels.decoding import fingerprint_images

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 1_000_000

TIFF_DATA = "".join(f'<TiffData IFD="{plane}" FirstZ="{plane}"/>' for plane in range(MANY // 2))
CHANNELS = "".join(f'<Channel ID="C:{number}" Name="c{number}"/>' for number in range(MANY // 10))

CLAIMS: dict[str, Callable[[Path], Path]] = {
    "300 000 pages": lambda at: write_pages(at / "a.tif", 300_000),
    "pages in a circle": lambda at: lead_back(write_pages(at / "a.tif", 3)),
    "a page of gigabytes": lambda at: write_pages(at / "a.tif", 1, side=65_000),
    "a million planes listed": lambda at: write_pages(
        at / "a.tif", 3, ome(f'SizeZ="{MANY}" SizeC="1" SizeT="1"', TIFF_DATA)
    ),
    "10^12 planes": lambda at: write_pages(at / "a.tif", 3, ome(f'SizeZ="{MANY}" SizeC="1000" SizeT="1000"')),
    "a million channels": lambda at: write_pages(
        at / "a.tif", 3, ome(f'SizeZ="1" SizeC="{MANY}" SizeT="1"', CHANNELS + "<TiffData/>")
    ),
    "negative counts": lambda at: write_pages(at / "a.tif", 3, ome('SizeZ="-5" SizeC="-1" SizeT="0"')),
    "counts that are no numbers": lambda at: write_pages(at / "a.tif", 3, ome('SizeZ="1e9" SizeC="x" SizeT="1"')),
    "a PNG of gigabytes": lambda at: write_png(at / "a.png", 100_000, 60_000),
    "an array of gigabytes": lambda at: write_npy(at / "a.npy", 1, 60_000, 60_000),
    "an array of 10^18": lambda at: write_npy(at / "a.npy", 10**6, 10**6, 10**6),
    "zarr of gigabytes": lambda at: write_zarr(at / "a.zarr", [1, 10**5, 10**5], [1, 10**5, 10**5]),
    "zarr of a chunk of gigabytes": lambda at: write_zarr(at / "a.zarr", [1, 8, 8], [1, 10**6, 10**6]),
    "zarr of 10^6 channels": lambda at: write_zarr(at / "a.zarr", [MANY, 512, 512], [1, 512, 512]),
    "zarr of negative sizes": lambda at: write_zarr(at / "a.zarr", [-2, -32, 32], [1, 32, 32]),
}


@LINUX
@pytest.mark.parametrize("claim", CLAIMS)
def test_what_no_file_can_hold_is_refused_in_a_line(tmp_path: Path, claim: str) -> None:
    path = CLAIMS[claim](tmp_path)
    for work in (lambda: read_image([path], ["DNA"]), lambda: count_channels(path)):
        said = in_little_memory(work)
        assert said.startswith(str(path)), said
        assert "\n" not in said
        assert len(said) < 400 + len(str(path))


PATHS: dict[str, Callable[[Path], str]] = {
    "a pipe": lambda at: os.mkfifo(at / "a.tif") or "a.tif",  # type: ignore[func-returns-value]
    "a pipe called PNG": lambda at: os.mkfifo(at / "a.png") or "a.png",  # type: ignore[func-returns-value]
    "an endless device": lambda _: "/dev/zero",
    "a link to a device": lambda at: (at / "a.tif").symlink_to("/dev/zero") or "a.tif",  # type: ignore[func-returns-value]
    "a link to itself": lambda at: (at / "a.tif").symlink_to("a.tif") or "a.tif",  # type: ignore[func-returns-value]
    "a folder": lambda at: os.mkdir(at / "a.tif") or "a.tif",  # type: ignore[func-returns-value]  # noqa: PTH102
    "5000 letters": lambda _: "x" * 5000 + ".tif",
    "a name with NUL": lambda _: "a\0b.tif",
    "half a letter": lambda _: "a\ud800.tif",
    "a byte that is no UTF-8": lambda _: "a\udcff.tif",
    "nothing": lambda _: "",
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_that_is_no_file_is_refused_and_nothing_is_waited_for(tmp_path: Path, kind: str) -> None:
    path = Path(tmp_path, PATHS[kind](tmp_path))
    with pytest.raises(ImageError) as caught:
        read_image([path], ["DNA"])
    assert "\n" not in str(caught.value)
    with pytest.raises(ImageError):
        count_channels(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("kind", [kind for kind in PATHS if kind not in ("a folder", "nothing")])
def test_a_path_that_is_no_file_has_no_fingerprint(tmp_path: Path, kind: str) -> None:
    files = [(str(Path(tmp_path, PATHS[kind](tmp_path))),)]
    *_, prints = _run(fingerprint_images(files, workers=1))
    assert list(prints) == [b""]  # type: ignore[call-overload]


def _run(task: object) -> list[object]:
    events: list[object] = []
    try:
        while True:
            events.append(next(task))  # type: ignore[call-overload]
    except StopIteration as stop:
        events.append(stop.value)
    return events


def test_as_many_pages_as_there_are_are_counted(tmp_path: Path) -> None:
    for big in (False, True):
        for order in "<>":
            with tifffile.TiffWriter(tmp_path / "a.tif", bigtiff=big, byteorder=order) as file:
                for _ in range(7):
                    file.write(np.zeros((8, 8), np.uint16), contiguous=False)
            with (tmp_path / "a.tif").open("rb") as opened:
                assert count_pages(opened) == 7


@given(content=st.binary(max_size=200), head=st.sampled_from([b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b""]))
def test_whatever_the_bytes_counting_pages_ends(content: bytes, head: bytes) -> None:
    assert 0 <= count_pages(io.BytesIO(head + content)) <= MOST_PLANES + 1


@given(st.lists(st.integers(-3, 2**40), min_size=1, max_size=4), st.integers(0, 2**40))
def test_pixels_are_refused_only_where_the_file_cannot_hold_them(shape: list[int], held: int) -> None:
    try:
        check_pixels(Path("a.tif"), shape, 2, lambda: held)
    except ImageError:
        assert min(shape) < 0 or float(np.prod([float(n) for n in shape])) * 2 > max(2**29, 1032.0 * held)
    else:
        assert min(shape) >= 0


def test_a_blank_image_that_packs_a_thousand_to_one_is_read(tmp_path: Path) -> None:
    blank = np.zeros((1, 3000, 3000), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", blank, compression="zlib", compressionargs={"level": 9})
    assert (tmp_path / "a.tif").stat().st_size < blank.nbytes / 500
    assert not read_image([tmp_path / "a.tif"], ["DNA"]).any()
