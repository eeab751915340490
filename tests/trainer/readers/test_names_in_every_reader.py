"""A plate or batch has one name, whichever reader meets it: table, LoadData, folders, plate map, profiles, parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.profiles import read_profiles
from cdcl.readers import Request, scan_source
from cdcl.screen.identifiers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]

NAMES = ["nan", "NA", "None", "null", "0012", "1e5", "7", "7.0", "week 3", "-", "TRUE", "2024-01-05", "µ", "#7"]


@pytest.mark.parametrize("name", NAMES)
def test_a_plate_and_batch_are_called_the_same_everywhere(tmp_path: Path, touch: Touch, name: str) -> None:
    touch("img/a.tif", f"by name/{name}/x_A01.tif")
    right = whole_number(name)
    place = {"plate": [name], "batch": [name], "well": ["A01"]}
    marked = {f"Metadata_{column.title()}": values for column, values in place.items()}
    tables = {
        "screen.csv": {**place, "path": ["img/a.tif"], "channel_names": ["DNA"]},
        "screen.parquet": {**place, "path": ["img/a.tif"], "channel_names": ["DNA"]},
        "load_data.csv": {**marked, "FileName_DNA": ["a.tif"], "PathName_DNA": ["img"]},
    }
    (tmp_path / "map.csv").write_text(f"plate,batch,well,compound\n{name},{name},a1,taxol\n", encoding="utf-8")
    for file, columns in tables.items():
        frame = pd.DataFrame(columns)
        frame.to_csv(tmp_path / file, index=False) if file.endswith("csv") else frame.to_parquet(tmp_path / file)
        sites = scan_source(tmp_path / file, Request(metadata=tmp_path / "map.csv")).screen.sites
        assert sites.iloc[0][["plate", "batch", "treatment"]].tolist() == [right, right, "taxol"], file
    for file in ("p.csv", "p.parquet"):
        frame = pd.DataFrame({**marked, "area": [1.5], "size": [2.5]})
        frame.to_csv(tmp_path / file, index=False) if file.endswith("csv") else frame.to_parquet(tmp_path / file)
        assert read_profiles(tmp_path / file).table.iloc[0][["plate", "batch"]].tolist() == [right, right], file
    by_name = scan_source(tmp_path / "by name", Request(pattern="{plate}/x_{well}.tif")).screen
    assert by_name.sites["plate"].tolist() == [right]


@pytest.mark.parametrize("values", [[1, 2], [1.0, 2.0], ["1", "2"], ["1.0", "2.0"], ["01", "02"]])
def test_numbers_of_a_parquet_table_and_of_text_meet(tmp_path: Path, touch: Touch, values: list[object]) -> None:
    touch("a.tif", "b.tif")
    rows = {"plate": values, "batch": values, "well": ["A01", "A01"], "path": ["a.tif", "b.tif"]}
    pd.DataFrame({**rows, "channel_names": "DNA"}).to_parquet(tmp_path / "screen.parquet")
    (tmp_path / "map.csv").write_text("plate,well,compound\n1,A01,x\n2,A01,y\n")
    request = Request(metadata=tmp_path / "map.csv")
    if values[0] == "01":
        with pytest.raises(Exception, match="differ only in zeros or case"):
            scan_source(tmp_path / "screen.parquet", request)
        return
    sites = scan_source(tmp_path / "screen.parquet", request).screen.sites
    assert sites["treatment"].tolist() == ["x", "y"]
    assert sites["batch"].tolist() == ["1", "2"]
