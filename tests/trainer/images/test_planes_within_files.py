"""Planes within files and arrays, and maxima of several, from pixels to the cache."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.errors import ImageError
from cdcl.images.reading import read_image
from cdcl.pixels.cache import fill_cache
from cdcl.readers import read_screen
from cdcl.screen import Screen
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
STACK = RNG.integers(0, 60000, (6, 8, 9), dtype=np.uint16)


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    tifffile.imwrite(tmp_path / "stack.tif", STACK, metadata={"axes": "ZYX"})
    np.save(tmp_path / "stack.npy", STACK.reshape(2, 3, 8, 9))
    for number, plane in enumerate(STACK):
        (tmp_path / f"z{number}").mkdir()
        tifffile.imwrite(tmp_path / f"z{number}" / "a.tif", plane)
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("stack.tif#3", STACK[3]),
        ("stack.tif#max", STACK.max(axis=0)),
        ("stack.tif#0|#2", STACK[[0, 2]].max(axis=0)),
        ("stack.npy#1,2", STACK[5]),
        ("stack.npy#0,max", STACK[:3].max(axis=0)),
        ("z0/a.tif|../z1/a.tif|../z4/a.tif", STACK[[0, 1, 4]].max(axis=0)),
    ],
)
def test_a_reference_gives_its_plane(stack: Path, reference: str, expected: np.ndarray) -> None:
    pixels = read_image([stack / reference], ["DNA"])
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, expected[None])


@pytest.mark.parametrize("version", [2, 3])
def test_planes_of_zarr_arrays_are_read(tmp_path: Path, version: int) -> None:
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(
        str(tmp_path / "P.zarr" / "0"), shape=(2, 3, 8, 9), chunks=(1, 1, 8, 9), dtype="u2", zarr_format=version
    )
    array[:] = STACK.reshape(2, 3, 8, 9)
    for reference, expected in (
        ("#1,2", STACK[5]),
        ("#max,1", STACK[[1, 4]].max(axis=0)),
        ("#0,max", STACK[:3].max(0)),
    ):
        np.testing.assert_array_equal(read_image([tmp_path / f"P.zarr/0{reference}"], ["DNA"])[0], expected)
    both = read_image([tmp_path / "P.zarr/0#0,0", tmp_path / "P.zarr/0#0,1"], ["DNA", "ER"])
    np.testing.assert_array_equal(both, STACK[:2])


def test_arrays_without_zarr_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zarr").mkdir()
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImageError, match=r"pip install napari-cdcl\[zarr\]"):
        read_image([tmp_path / "a.zarr#0"], ["DNA"])


def test_a_folder_that_is_no_array_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(ImageError) as caught:
        read_image([tmp_path / "a.zarr#0"], ["DNA"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reference", ["stack.tif#6", "stack.npy#2,0", "stack.tif#0,1", "z0/a.tif|../z9/a.tif", "z0#0"])
def test_a_plane_that_is_not_there_is_one_line(stack: Path, reference: str) -> None:
    with pytest.raises(ImageError) as caught:
        read_image([stack / reference], ["DNA"])
    assert "\n" not in str(caught.value)


def test_planes_of_different_sizes_have_no_maximum(stack: Path) -> None:
    tifffile.imwrite(stack / "small.tif", STACK[0, :4])
    with pytest.raises(ImageError, match="one stack"):
        read_image([stack / "small.tif|stack.tif#0"], ["DNA"])


def screen_of(folder: Path, *references: str) -> Screen:
    wells = [f"A{number:02d}" for number in range(1, len(references) + 1)]
    sites = pd.DataFrame({"plate": "P1", "well": wells, "site": "1", "path_DNA": list(references)})
    return Screen(sites, ("DNA",), folder)


def test_the_cache_never_mixes_planes_of_one_file(stack: Path, tmp_path: Path) -> None:
    cache = finish(fill_cache(screen_of(stack, "stack.tif#0", "stack.tif#1", "stack.tif#0|#1"), tmp_path / "cache"))
    for row, expected in enumerate((STACK[0], STACK[1], STACK[:2].max(axis=0))):
        np.testing.assert_array_equal(cache.field(row)[0], expected)
    other = finish(fill_cache(screen_of(stack, "stack.tif#2", "stack.tif#1", "stack.tif#max"), tmp_path / "cache"))
    np.testing.assert_array_equal(other.field(0)[0], STACK[2])
    np.testing.assert_array_equal(other.field(2)[0], STACK.max(axis=0))


def test_a_changed_file_of_a_stack_is_decoded_anew(stack: Path, tmp_path: Path) -> None:
    screen = screen_of(stack, "z0/a.tif|../z1/a.tif")
    finish(fill_cache(screen, tmp_path / "cache"))
    tifffile.imwrite(stack / "z1" / "a.tif", STACK[5])
    np.testing.assert_array_equal(finish(fill_cache(screen, tmp_path / "cache")).field(0)[0], STACK[[0, 5]].max(axis=0))


def test_a_changed_chunk_of_an_array_is_decoded_anew(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(str(tmp_path / "a.zarr"), shape=(2, 8, 9), chunks=(1, 8, 9), dtype="u2")
    array[:] = STACK[:2]
    screen = screen_of(tmp_path, "a.zarr#0", "a.zarr#1")
    finish(fill_cache(screen, tmp_path / "cache"))
    array[1] = STACK[4]
    for path in (tmp_path / "a.zarr").rglob("*"):
        os.utime(path, ns=(1, 2))
    np.testing.assert_array_equal(finish(fill_cache(screen, tmp_path / "cache")).field(1)[0], STACK[4])


def test_files_of_references_are_files(stack: Path) -> None:
    screen = screen_of(stack, "stack.tif#0|#1", "z0/a.tif|../z1/a.tif")
    real = os.path.realpath(stack)
    assert screen.image_files() == [(f"{real}/stack.tif",), (f"{real}/z0/a.tif", f"{real}/z1/a.tif")]


@pytest.mark.parametrize("name", ["moved/screen.csv", "moved/screen.parquet"])
def test_references_move_with_their_table(stack: Path, name: str) -> None:
    screen = screen_of(stack, "z0/a.tif|../z1/a.tif", "stack.tif#0|#3")
    write_screen(screen, stack / name)
    again = read_screen(stack / name)
    for row in range(2):
        np.testing.assert_array_equal(again.image(row), screen.image(row))
