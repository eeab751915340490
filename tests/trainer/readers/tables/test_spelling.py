"""Tables that Windows made spell names with other capitals than the disk: found where there is one, else refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.errors import ScreenError
from cdcl.readers import describe, scan_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, as Linux has them after a copy from Windows."""
    (tmp_path / "plate1").mkdir()
    for value, name in enumerate(("a01_w1.tif", "a02_w1.tif"), 1):
        tifffile.imwrite(tmp_path / "plate1" / name, np.full((4, 4), value, np.uint16))
    return tmp_path


def write(folder: Path, **columns: list[str]) -> Path:
    table = pd.DataFrame({"plate": ["P1", "P1"], "well": ["A01", "A02"], **columns})
    table.to_csv(folder / "screen.csv", index=False)
    return folder / "screen.csv"


@pytest.mark.parametrize(
    "columns",
    [
        {"path": ["plate1/A01_W1.TIF", "plate1/A02_W1.TIF"]},
        {"path": ["Plate1/a01_w1.TIF", "PLATE1/a02_w1.tif"]},
        {"path": [r"D:\Screen\Plate1\A01_W1.TIF", r"D:\Screen\Plate1\A02_W1.TIF"]},
        {"FileName_DNA": ["A01_W1.TIF", "A02_W1.TIF"], "PathName_DNA": [r"D:\Screen\Plate1"] * 2},
        {"path_DNA": ["plate1/A01_w1.tif#0", "plate1/A02_w1.tif#0"]},
    ],
    ids=["files", "folders", "windows", "loaddata", "pages"],
)
def test_a_name_that_differs_in_capitals_only_is_found_and_told(folder: Path, columns: dict[str, list[str]]) -> None:
    scan = scan_source(write(folder, **columns))
    assert [int(scan.screen.image(row).max()) for row in (0, 1)] == [1, 2]
    (note,) = [note for note in scan.notes if "capitals" in note]
    assert note.startswith("2 of 2 file names are spelled with other capitals")
    assert describe(scan.screen).missing_files == 0


def test_names_that_differ_in_capitals_only_are_refused_by_name(folder: Path) -> None:
    tifffile.imwrite(folder / "plate1" / "A01_w1.tif", np.zeros((4, 4), np.uint16))
    with pytest.raises(
        ScreenError, match=r"no .*plate1/A01_W1\.TIF, but A01_w1\.tif and a01_w1\.tif beside each other"
    ):
        scan_source(write(folder, path=["plate1/A01_W1.TIF", "plate1/a02_w1.tif"]))


def test_the_name_as_it_is_written_comes_first(folder: Path) -> None:
    tifffile.imwrite(folder / "plate1" / "A01_w1.tif", np.full((4, 4), 7, np.uint16))
    scan = scan_source(write(folder, path=["plate1/A01_w1.tif", "plate1/a02_w1.tif"]))
    assert int(scan.screen.image(0).max()) == 7
    assert not [note for note in scan.notes if "capitals" in note]


def test_letters_with_accents_may_be_composed(folder: Path) -> None:
    (folder / "plate1" / "a01_w1.tif").rename(folder / "plate1" / "pr\u00e9.tif")
    scan = scan_source(write(folder, path=["plate1/pre\u0301.tif", "plate1/a02_w1.tif"]))
    assert int(scan.screen.image(0).max()) == 1


def test_files_that_are_nowhere_stay_missing(folder: Path) -> None:
    scan = scan_source(write(folder, path=["plate1/b01.tif", "plate1/a02_w1.tif"]))
    assert describe(scan.screen).missing_files == 1
    assert not [note for note in scan.notes if "capitals" in note]


def test_an_index_may_spell_its_images_with_other_capitals(tmp_path: Path) -> None:
    (tmp_path / "P1" / "timepoint0").mkdir(parents=True)
    tifffile.imwrite(tmp_path / "P1" / "timepoint0" / "a0.tif", np.full((4, 4), 5, np.uint16))
    row = {"Well": "B07", "Field": "1", "Wavelength": "DAPI", "Timepoint": "0", "ZIndex": "0",
           "ImageFileName": "A0.TIF", "ImageSubFolderPath": "TimePoint0"}  # fmt: skip
    pd.DataFrame([row]).to_csv(tmp_path / "P1" / "image_metadata_t0.csv", index=False)
    assert int(scan_source(tmp_path).screen.image(0).max()) == 5
