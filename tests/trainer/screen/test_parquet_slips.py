"""What stands where a parquet file was looked for is named, with how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from cdcl.errors import ProfilesError, ScreenError
from cdcl.profiles.files import read_profiles
from cdcl.profiles.sources import open_profiles
from cdcl.readers import read_screen
from cdcl.readers.metadata.platemap_files import read_platemap
from cdcl.screen.parquet_slips import no_parquet, parquet_parts
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pd.DataFrame({"plate": ["P1", "P2"], "well": ["A01", "A02"], "f1": [0.5, 1.5], "f2": [1.5, 0.5]})


def test_arrow_files_and_text_are_told_from_parquet(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    feather.write_feather(TABLE, path)
    with pytest.raises(ScreenError, match=r"is an Arrow \(Feather\) file, no parquet: write it with"):
        read_table(path)
    with pytest.raises(ProfilesError, match=r"^\S+ is an Arrow \(Feather\) file, no parquet"):
        read_profiles(path)
    stream = pa.Table.from_pandas(TABLE)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, stream.schema) as writer:
        writer.write_table(stream)
    assert "is an Arrow (Feather) file" in no_parquet(path)
    TABLE.to_csv(path)
    assert "is not readable as parquet, for it is text: call it .csv." in no_parquet(path)
    TABLE.to_parquet(path)
    assert no_parquet(path) == ""


@pytest.mark.parametrize("name", ["parts", "parts.parquet"])
def test_a_folder_of_parts_is_told_with_how_to_join_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    pq.write_to_dataset(pa.Table.from_pandas(TABLE), folder, partition_cols=["plate"])
    said = "folder of 2 parquet files, parts of a table as it seems: join them into one file"
    with pytest.raises(ProfilesError, match=said):
        open_profiles(folder)
    for read in (read_screen, read_platemap):
        with pytest.raises(ScreenError, match=said):
            read(folder)
    pd.read_parquet(folder).to_parquet(tmp_path / "joined.parquet")
    joined = read_profiles(tmp_path / "joined.parquet")
    assert joined.table["plate"].tolist() == ["P1", "P2"]
    assert joined.names == ("f1", "f2")


def test_a_folder_of_several_tables_is_no_table_in_parts(tmp_path: Path) -> None:
    for name in ("site", "well"):
        TABLE.to_parquet(tmp_path / f"{name}.parquet")
    assert parquet_parts(tmp_path) == ""
