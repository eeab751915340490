from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers import READERS, read_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]

TABLE = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "path": ["a.tif"]})
LOADDATA = pd.DataFrame(
    {"FileName_DNA": ["a.tif"], "PathName_DNA": ["."], "Metadata_Plate": ["P1"], "Metadata_Well": ["a2"]}
)


@pytest.mark.parametrize("name", ["screen.csv", "metadata.csv", "anything.csv", "anything.parquet", "screen.parquet"])
def test_a_folder_is_read_by_the_table_in_it(tmp_path: Path, touch: Touch, name: str) -> None:
    touch("a.tif")
    TABLE.to_csv(tmp_path / name, index=False) if name.endswith("csv") else TABLE.to_parquet(tmp_path / name)
    for source in (tmp_path, tmp_path / name):
        screen = read_screen(source)
        assert screen.paths(0) == (tmp_path / "a.tif",)
        assert screen.channels == ("channel_1",)


def test_a_table_that_names_no_images_is_passed_over(tmp_path: Path, touch: Touch) -> None:
    touch("a.tif")
    TABLE.drop(columns="path").to_csv(tmp_path / "metadata.csv", index=False)
    LOADDATA.to_csv(tmp_path / "load_data.csv", index=False)
    assert read_screen(tmp_path).channels == ("DNA",)


def test_the_layout_may_be_named(tmp_path: Path, touch: Touch) -> None:
    touch("a.tif")
    pd.concat([TABLE, LOADDATA], axis=1).to_csv(tmp_path / "both.csv", index=False)
    assert read_screen(tmp_path / "both.csv", layout="loaddata").channels == ("DNA",)
    assert read_screen(tmp_path / "both.csv", layout="table").channels == ("channel_1",)


def test_an_unknown_layout_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match=r"unknown layout 'loadata'\. Did you mean 'loaddata'"):
        read_screen(tmp_path, layout="loadata")


def test_what_was_seen_and_what_is_expected_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match=r"Seen: no files\. Expected loaddata: columns FileName_<channel>"):
        read_screen(tmp_path)
    pd.DataFrame({"row": [1], "drug": ["a"]}).to_csv(tmp_path / "layout.csv", index=False)
    with pytest.raises(ScreenError, match=r"Seen: layout\.csv with columns row, drug; 1 \.csv \(layout\.csv\)\."):
        read_screen(tmp_path)
    with pytest.raises(ScreenError, match="there is no file or folder"):
        read_screen(tmp_path / "gone")


def test_every_error_is_one_line(tmp_path: Path) -> None:
    TABLE.drop(columns="well").to_csv(tmp_path / "screen.csv", index=False)
    with pytest.raises(ScreenError) as caught:
        read_screen(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_image_is_opened_where_channels_are_named(tmp_path: Path) -> None:
    TABLE.assign(channel_names="DNA").to_csv(tmp_path / "screen.csv", index=False)
    assert len(read_screen(tmp_path)) == 1


@pytest.mark.parametrize(
    ("name", "rows", "channels"),
    [
        ("bbbc021_fields", 369, ("Actin", "Tubulin", "DNA")),
        ("bbbc021_cells", 424, ("DNA", "Actin", "Tubulin")),
        ("layouts/cell_painting_gallery", 1, ("DNA", "AGP", "RNA")),
        ("layouts/phenix_pe2loaddata", 1, ("RNA", "ER", "AGP", "Mito", "Brightfield", "DPC")),
    ],
)
def test_real_screens_are_recognised_and_read(
    shared_data: Path, name: str, rows: int, channels: tuple[str, ...]
) -> None:
    screen = read_screen(shared_data / name)
    assert len(screen) == rows
    assert screen.channels == channels
    image = screen.image(rows // 2)
    assert len(image) == len(channels)
    assert np.ptp(image) > 0


def test_real_channels_are_not_mixed_up(shared_data: Path) -> None:
    folder = shared_data / "layouts" / "cell_painting_gallery"
    screen = read_screen(folder)
    assert [path.name.split("-")[1][:3] for path in screen.paths(0)] == ["ch5", "ch2", "ch3"]


def test_a_catalogue_of_different_channels_is_refused(shared_data: Path) -> None:
    with pytest.raises(ScreenError, match="name different channels"):
        read_screen(shared_data / "layouts" / "metadata.csv")


def test_readers_are_a_plain_table() -> None:
    assert list(READERS) == ["bbbc021", "gallery", "loaddata", "table"]
