from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers import read_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]


def long_table() -> pd.DataFrame:
    rows = [
        {
            "Metadata_Plate": "01",
            "Metadata_Well": well,
            "site": "1",
            "channel": channel,
            "path": f"{well}_{channel}.tif",
        }
        for well in ("B02", "A01")
        for channel in ("ER", "DNA")
    ]
    return pd.DataFrame(rows).assign(moa="kinase", image_id=[str(row) for row in range(4)])


def test_one_row_a_channel_becomes_one_row_a_site(tmp_path: Path, touch: Touch) -> None:
    touch("A01_ER.tif", "A01_DNA.tif", "B02_ER.tif", "B02_DNA.tif")
    long_table().to_csv(tmp_path / "planes.csv", index=False)
    screen = read_screen(tmp_path)
    assert screen.channels == ("ER", "DNA")
    assert screen.sites["well"].tolist() == ["B02", "A01"]
    assert screen.sites["mechanism"].tolist() == ["kinase"] * 2
    assert screen.image(1).max(axis=(1, 2)).tolist() == [0, 1]


def test_a_site_that_lacks_a_channel_is_named(tmp_path: Path) -> None:
    long_table().iloc[:3].to_csv(tmp_path / "planes.csv", index=False)
    with pytest.raises(ScreenError, match="plate 01, well A01, site 1 has no channel DNA"):
        read_screen(tmp_path)


def test_a_channel_twice_is_named_with_its_row(tmp_path: Path) -> None:
    long_table().iloc[[0, 1, 2, 3, 1]].to_csv(tmp_path / "planes.csv", index=False)
    with pytest.raises(ScreenError, match="row 6: plate 01, well B02, site 1, channel DNA is there twice"):
        read_screen(tmp_path)


@pytest.mark.parametrize("name", ["path", "file_path", "FilePath", "filename", "Path"])
def test_the_column_of_paths_has_many_names(tmp_path: Path, touch: Touch, name: str) -> None:
    touch("a.tif")
    pd.DataFrame({"plate": ["1"], "well": ["A1"], name: ["a.tif"]}).to_csv(tmp_path / "t.csv", index=False)
    assert read_screen(tmp_path).paths(0) == (tmp_path / "a.tif",)
