"""Paths of a table are claims of another machine or system: found here by their last folders, or counted as missing."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import numpy as np
import pandas as pd
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers import describe, read_screen
from cdcl.readers.tables.places import found_paths, split_path

names = st.text(st.characters(categories=["L", "N"], include_characters=" _-."), min_size=1, max_size=8).map(
    lambda text: f"d{text.strip(' .')}"
)
roots = st.sampled_from(["C:\\", "d:\\", "\\\\server\\share\\", "C:/", "//server/share/", "/mnt/", "", "..\\"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places") / "project"
    for place in ("images/1", "images/2"):
        (folder / place).mkdir(parents=True)
        for name in ("a.tif", "b #1.tif"):
            tifffile.imwrite(folder / place / name, np.ones((4, 4), np.uint8))
    (folder / "tables").mkdir()
    return folder


@settings(max_examples=80, deadline=None)
@given(root=roots, above=st.lists(names, max_size=3), number=st.sampled_from("12"), page=st.sampled_from(["", "#0"]))
def test_a_path_of_any_system_is_found_by_its_last_folders(
    folder: Path, root: str, above: list[str], number: str, page: str
) -> None:
    sign = "\\" if "\\" in root else "/"
    written = root + sign.join([*above, "images", number, "a.tif"]) + page
    found = found_paths(pd.Series([written, "images/1/a.tif", ""]), folder / "screen.csv")
    if root:
        assert found[0] == f"{folder}/images/{number}/a.tif{page}"
    assert found[1:].tolist() == ["images/1/a.tif", ""]


@settings(max_examples=50, deadline=None)
@given(root=roots, above=st.lists(names, min_size=1, max_size=3))
def test_a_path_that_is_nowhere_stays_as_it_is_written(folder: Path, root: str, above: list[str]) -> None:
    written = pd.Series([root + "/".join([*above, "absent.tif"])])
    pd.testing.assert_series_equal(found_paths(written, folder / "screen.csv"), written)


@given(st.lists(names, max_size=3), names, st.sampled_from(["C:\\", "\\\\s\\t\\", ""]))
def test_a_path_is_parted_as_windows_parts_it(above: list[str], name: str, root: str) -> None:
    path = PureWindowsPath(root, *above, name)
    parent, file = split_path(str(path))
    assert file == name
    assert PureWindowsPath(parent or ".") == path.parent


def table(folder: Path, first: str, second: str) -> Path:
    rows = {"plate": ["P", "P"], "well": ["A01", "A02"], "path": [first, second], "channel_names": ["a", "a"]}
    pd.DataFrame(rows).to_csv(folder / "tables" / "screen.csv", index=False)
    return folder / "tables" / "screen.csv"


def test_a_table_below_its_images_finds_them(folder: Path) -> None:
    source = table(folder, "D:\\x\\images\\1\\a.tif", "D:\\x\\images\\2\\b #1.tif")
    screen = read_screen(source)
    assert describe(screen).missing_files == 0
    assert [Path(path).parent.name for path in screen.sites["path"]] == ["1", "2"]


def test_two_folders_that_are_found_as_one_are_refused(folder: Path) -> None:
    with pytest.raises(ScreenError, match="were both found at"):
        read_screen(table(folder, "D:\\x\\images\\1\\a.tif", "D:\\y\\images\\1\\a.tif"))


def test_images_that_are_all_missing_are_said_with_one_of_them(folder: Path) -> None:
    report = describe(read_screen(table(folder, "D:\\x\\7\\absent.tif", "D:\\x\\8\\absent.tif")))
    assert report.all_missing.endswith("absent.tif")


@pytest.mark.parametrize("name", ["images\\1\\{}", "C:\\data\\images\\1\\{}", "1/{}", "\\\\s\\t\\images\\1\\{}"])
@pytest.mark.parametrize("lower", [False, True])
def test_files_of_loaddata_may_be_whole_paths_and_its_headings_in_lower_case(
    folder: Path, name: str, lower: bool
) -> None:
    row = {"Metadata_Plate": "P", "Metadata_Well": "A1", "FileName_DNA": name.format("a.tif"), "PathName_DNA": "images"}
    if not name.startswith("1/"):
        row["PathName_DNA"] = ""
    rows = pd.DataFrame([row]).rename(columns=str.lower if lower else str)
    rows.to_csv(folder / "load_data.csv", index=False)
    screen = read_screen(folder / "load_data.csv")
    assert describe(screen).missing_files == 0
    assert screen.channels == (("dna",) if lower else ("DNA",))
