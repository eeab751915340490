from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.screen.tables import read_screen_table, read_table, write_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen

    Make = Callable[..., Screen]
    Noise = Callable[..., list[NDArray[Any]]]

CSV = b'\xef\xbb\xbfplate,well,dose,note\r0123,A01,0.30,NA\r0124,A02,,"a, b"\r'


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "a.txt", "a.tsv.gz"])
def test_text_stays_text_whatever_the_line_ends(tmp_path: Path, name: str) -> None:
    content = CSV if "csv" in name else CSV.replace(b'"a, b"', b"a; b").replace(b",", b"\t").replace(b";", b",")
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    table = read_table(tmp_path / name)
    assert table.to_dict("list") == {
        "plate": ["0123", "0124"],
        "well": ["A01", "A02"],
        "dose": ["0.30", ""],
        "note": ["", "a, b"],
    }


def test_a_parquet_table_keeps_its_numbers_and_nothing_else_than_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"plate": ["01", None], "x": [1.5, 2.5], "flag": [True, False], "kind": ["a", "b"]})
    table["kind"] = table["kind"].astype("category")
    table.to_parquet(tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet")
    assert read.to_dict("list") == {"plate": ["01", ""], "x": [1.5, 2.5], "flag": ["True", "False"], "kind": ["a", "b"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,b\n1,2\n1,2,3,4\n", "row 3: 4 cells, but there are 2 headings"),
        ("a.csv", b"plate,well\n\xff\xfe\x00\x81,A01\n", "cannot be read as a table"),
        ("a.csv.gz", b"no gzip", "is no whole gzip file"),
        ("a.csv.gz", gzip.compress(CSV * 50, mtime=0)[:60], "is no whole gzip file"),
        ("a.parquet", b"PAR1 rubbish PAR1", "cannot be read as a table"),
        ("a.xlsx", b"PK", "is no table; expected a name that ends with"),
        ("a.csv", b"plate, plate\n1,2\n", "two columns named 'plate'"),
    ],
)
def test_a_broken_table_is_a_screen_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ScreenError, match=message):
        read_table(tmp_path / name)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match=r"no table at .*gone\.csv"):
        read_table(tmp_path / "gone.csv")


@pytest.mark.parametrize("name", ["screen.csv", "screen.parquet"])
def test_a_screen_comes_back_from_its_table(make_screen: Make, noise: Noise, tmp_path: Path, name: str) -> None:
    screen = make_screen(noise(3), treatment="T1", concentration=[0.3, np.nan, 10.0], extra=["1", "02", ""])
    write_screen(replace(screen, pixel_size=0.65), tmp_path / "table" / name)
    back = read_screen_table(tmp_path / "table" / name)
    assert (back.channels, back.pixel_size) == (("DNA", "Actin"), 0.65)
    for column in screen.sites.columns.drop("path"):
        assert back.sites[column].fillna("").tolist() == screen.sites[column].fillna("").tolist()
    assert back.sites["path"].tolist() == [f"../images/{row:04d}.npy" for row in range(3)]
    np.testing.assert_array_equal(back.image(2), screen.image(2))


@pytest.mark.parametrize("name", ["screen.csv", "screen.parquet"])
def test_one_file_a_channel_comes_back_too(make_screen: Make, noise: Noise, tmp_path: Path, name: str) -> None:
    screen = make_screen(noise(2))
    sites = screen.sites.rename(columns={"path": "path_Actin"}).assign(path_DNA=screen.sites["path"])
    write_screen(replace(screen, sites=sites), tmp_path / name)
    back = read_screen_table(tmp_path / name)
    assert back.channels == ("DNA", "Actin")
    assert [path.resolve() for path in back.paths(1)] == [(tmp_path / "images" / "0001.npy").resolve()] * 2


def test_a_parquet_table_that_moved_still_finds_its_images(make_screen: Make, noise: Noise, tmp_path: Path) -> None:
    screen = make_screen(noise(2))
    write_screen(screen, tmp_path / "runs" / "a" / "screen.parquet")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs" / "a" / "screen.parquet").rename(tmp_path / "elsewhere" / "screen.parquet")
    back = read_screen_table(tmp_path / "elsewhere" / "screen.parquet")
    np.testing.assert_array_equal(back.image(1), screen.image(1))


def test_images_that_moved_with_the_table_stand_before_the_old_ones(
    make_screen: Make, noise: Noise, tmp_path: Path
) -> None:
    screen = make_screen(noise(2))
    write_screen(screen, tmp_path / "runs" / "screen.parquet")
    (tmp_path / "new").mkdir()
    for folder in ("images", "runs"):
        (tmp_path / folder).rename(tmp_path / "new" / folder)
    back = read_screen_table(tmp_path / "new" / "runs" / "screen.parquet")
    assert back.paths(0)[0].resolve() == (tmp_path / "new" / "images" / "0000.npy").resolve()


def test_a_table_is_replaced_in_one_move(make_screen: Make, noise: Noise, tmp_path: Path) -> None:
    write_screen(make_screen(noise(2)), tmp_path / "screen.csv")
    write_screen(make_screen(noise(3)), tmp_path / "screen.csv")
    assert len(read_screen_table(tmp_path / "screen.csv")) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"images", "screen.csv"}


@pytest.mark.parametrize(("name", "count"), [("bbbc021_fields", 369), ("bbbc021_cells", 424)])
def test_real_tables_survive_both_formats(shared_data: Path, tmp_path: Path, name: str, count: int) -> None:
    screen = read_screen_table(shared_data / name / "metadata.csv")
    assert len(screen) == count
    for suffix in ("csv", "parquet"):
        write_screen(screen, tmp_path / f"screen.{suffix}")
        back = read_screen_table(tmp_path / f"screen.{suffix}")
        pd.testing.assert_frame_equal(back.sites.drop(columns="path"), screen.sites.drop(columns="path"))
        assert back.image_files() == screen.image_files()
