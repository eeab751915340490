from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.screen.assembly import assemble

GOOD: dict[str, Any] = {
    "plate": ["P1", "P1", "P2"],
    "well": ["A01", "A01", "a1"],
    "site": ["1", "2", "1"],
    "path": ["a.tif", "b.tif", "c.tif"],
    "channel_names": "DNA;Actin",
}


def screen(**changes: Any) -> Any:
    columns = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return assemble(pd.DataFrame(columns), source=Path("t.csv"), folder=Path())


def test_a_good_table_is_a_screen() -> None:
    assert screen().channels == ("DNA", "Actin")
    assert screen().sites["well"].tolist() == ["A01", "A01", "A01"]
    assert "channel_names" not in screen().sites


def test_sites_without_numbers_are_counted_in_their_well() -> None:
    assert screen(site=None).sites["site"].tolist() == ["1", "2", "1"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"well": None}, r"t\.csv has no column well; it has plate, site, path, channel_names\."),
        ({"plate": None}, r"t\.csv has no column plate"),
        ({"path": None}, r"t\.csv names no images; expected a column path, or path_<channel>"),
        ({"path": ["a", "", "c"]}, r"t\.csv, row 3: no path"),
        ({"plate": ["P1", "P1", ""]}, r"t\.csv, row 4: no plate"),
        ({"site": ["1", "1", "1"]}, r"t\.csv, rows 2 and 3 are both plate P1, well A01, site 1"),
        ({"batch": "B", "site": ["1", "1", "1"]}, "both batch B, plate P1"),
        ({"channel_names": ["DNA", "DNA", "DNA;ER"]}, r"rows 2 and 4 name different channels: 'DNA' and 'DNA;ER'"),
        ({"channel_names": "DNA;DNA"}, "is not a list of different names"),
        ({"path": None, "path_DNA": "a", "path_ER": "b"}, "channel_names says DNA, Actin, but .* paths for DNA, ER"),
        ({"pixel_size": ["1", "1", "2"]}, "more than one size"),
        ({"pixel_size": "wide"}, "'wide' is not a number of micrometres"),
        ({"image_id": ["x", "x", "y"], "site": "1"}, "rows 2 and 3 are both"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_with_file_and_row(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ScreenError, match=message):
        screen(**changes)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(ScreenError, match=r"t\.csv has no rows"):
        assemble(pd.DataFrame(columns=list(GOOD)), source=Path("t.csv"), folder=Path())


@pytest.mark.parametrize("name", ["image_id", "cell"])
def test_cells_of_one_site_are_told_apart_by_their_own_name(name: str) -> None:
    assert len(screen(site="1", **{name: ["x", "y", "z"]})) == 3


def test_plates_of_one_name_in_two_batches_are_no_duplicates() -> None:
    assert len(screen(plate="P", batch=["b1", "b2", "b3"], site="1")) == 3


def test_channels_without_names_are_numbered_after_the_first_image(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 20, 30), np.uint8))
    table = pd.DataFrame({"plate": ["P"], "well": ["A01"], "path": ["a.npy"]})
    channels = assemble(table, source=Path("t.csv"), folder=tmp_path).channels
    assert channels == ("channel_1", "channel_2", "channel_3", "channel_4")


def test_channel_columns_follow_the_named_order() -> None:
    assert screen(path=None, path_Actin="b", path_DNA="a").channels == ("DNA", "Actin")
    assert screen(path=None, path_Actin="b", path_DNA="a", channel_names=None).channels == ("Actin", "DNA")
