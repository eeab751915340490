from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, feature_names, read_profiles, write_profiles
from cdcl.profiles.names import file_names, own_names

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pd.DataFrame(
    {
        "plate": ["0012", "0012", "7"],
        "well": ["A01", "E05", "B02"],
        "site": ["1", "2", "1"],
        "batch": ["week 1", "week 1", "week 2"],
        "treatment": ["DMSO", "taxol@0.3", "taxol@0.3"],
        "compound": ["DMSO", "taxol", "taxol"],
        "concentration": [np.nan, 0.3, 0.3],
        "mechanism": ["", "Microtubule stabilizers", "Microtubule stabilizers"],
        "control": ["negative", "", ""],
        "plate_set": ["a", "a", "b"],
    }
)


def example(level: str = "site") -> Profiles:
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    return Profiles(values, TABLE.copy(), level, provenance={"model": "run 7", "step": 300})


@pytest.mark.parametrize("suffix", ["parquet", "csv", "csv.gz"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    write_profiles(example(), tmp_path / f"site.{suffix}")
    back = read_profiles(tmp_path / f"site.{suffix}")
    np.testing.assert_array_equal(back.values, example().values)
    pd.testing.assert_frame_equal(back.table[list(TABLE)], TABLE, check_dtype=False)
    assert back.level == "site"
    assert back.names == ("emb_0000", "emb_0001", "emb_0002", "emb_0003")


def test_parquet_keeps_level_and_provenance(tmp_path: Path) -> None:
    write_profiles(example("well"), tmp_path / "x.parquet")
    back = read_profiles(tmp_path / "x.parquet")
    assert back.level == "well"
    assert back.provenance == {"model": "run 7", "step": 300}


def test_files_carry_the_names_that_pycytominer_and_copairs_expect(tmp_path: Path) -> None:
    write_profiles(example(), tmp_path / "x.parquet")
    columns = list(pd.read_parquet(tmp_path / "x.parquet").columns)
    metadata = [
        "Plate",
        "Well",
        "Site",
        "Batch",
        "Treatment",
        "Compound",
        "Concentration",
        "MoA",
        "Control",
        "PlateSet",
    ]
    assert columns == [f"Metadata_{name}" for name in metadata] + feature_names(tmp_path / "x.parquet")


def test_profiles_of_another_tool_are_read_by_their_numeric_columns(tmp_path: Path) -> None:
    text = "Metadata_Plate,Metadata_Well,Metadata_MOA,Metadata_Concentration_uM,Cells_Area,Nuclei_Area\n"
    (tmp_path / "x.csv").write_text(text + "01,B02,Eg5,0.5,10,3.5\n01,B03,Eg5,1,11,4.5\n")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("Cells_Area", "Nuclei_Area")
    assert profiles.level == "well"
    assert list(profiles.table["plate"]) == ["01", "01"]
    assert list(profiles.table["mechanism"]) == ["Eg5", "Eg5"]
    assert list(profiles.table["concentration"]) == [0.5, 1.0]
    assert feature_names(tmp_path / "x.csv") == ["Cells_Area", "Nuclei_Area"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named_by_column_and_row(tmp_path: Path, bad: float) -> None:
    profiles = example()
    profiles.values[1, 2] = bad
    with pytest.raises(ProfilesError, match=r"emb_0002.*row 1"):
        write_profiles(profiles, tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_a_feature_with_a_gap_is_left_out_and_named_when_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Metadata_Plate,Metadata_Well,emb_0000,emb_0001\n1,A01,0.5,\n1,A02,0.5,1\n")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("emb_0000",)
    assert profiles.reading.notes == (
        "1 feature with missing or infinite values is left out: emb_0001 (first in row 2).",
    )


def test_a_value_beyond_32_bits_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Metadata_Plate,Metadata_Well,a,b\n1,A01,0.5,1\n1,A02,0.5,1e300\n")
    assert read_profiles(tmp_path / "x.csv").names == ("a",)


def test_a_file_whose_features_all_have_gaps_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Metadata_Plate,Metadata_Well,a,b\n1,A01,,1\n1,A02,2,\n")
    with pytest.raises(ProfilesError, match=r"2 values are NaN or infinite, in 2 columns \(a, b\)"):
        read_profiles(tmp_path / "x.csv")


def test_rows_of_a_filtered_table_are_numbered_anew(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Metadata_Plate": list("abcd"), "Metadata_Well": ["A01"] * 4, "f": [0.1, 0.2, 0.3, 0.4]})
    frame[frame.index % 2 == 1].to_parquet(tmp_path / "x.parquet")
    profiles = read_profiles(tmp_path / "x.parquet")
    assert profiles.table["plate"].tolist() == ["b", "d"]
    assert profiles.table.index.tolist() == [0, 1]


def test_names_that_differ_in_case_stay_two_in_files() -> None:
    assert list(file_names(["note", "Note", "plate_map_name"]).values()) == [
        "Metadata_Note", "Metadata_Note_2", "Metadata_PlateMapName",
    ]  # fmt: skip
    read = own_names(pd.DataFrame({"Metadata_plate_map_name": ["x"], "Metadata_Plate_Map_Name": ["y"]}))
    assert read.iloc[0].to_dict() == {"plate_map_name": "x", "plate_map_name_2": "y"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "Metadata_Plate,Metadata_Well\n1,A01\n", "no feature"),
        ("x.csv", "", "is empty"),
        ("x.parquet", "not a parquet file", "not readable"),
        ("x.pkl", "what is this", "parquet, .csv"),
    ],
)
def test_a_file_that_holds_no_profiles_is_refused_by_name(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ProfilesError, match=message) as error:
        read_profiles(tmp_path / name)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match=r"no file .*nowhere\.parquet"):
        read_profiles(tmp_path / "nowhere.parquet")


def test_rows_that_are_no_profiles_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [("P1", f"A{n + 1:02d}", 0.5 * n, 1.5 - n) for n in range(6)]
    table = pd.DataFrame([*rows, rows[2], ("mean", "", 1.25, -1.0)], columns=["plate", "well", "f1", "f2"])
    table.to_csv(tmp_path / "p.csv", index=False)
    found = read_profiles(tmp_path / "p.csv")
    assert found.table["well"].tolist() == [*(f"A{n + 1:02d}" for n in range(6)), "A03"]
    np.testing.assert_allclose(found.values[:, 0], [*(0.5 * n for n in range(6)), 1.0])
    assert "1 row names no well and is left out, first 'mean'." in found.reading.notes
    assert "1 row is there twice alike, first row 8: are they the same profile?" in found.reading.notes


def test_columns_of_lists_are_named_and_left_out(tmp_path: Path) -> None:
    table = pd.DataFrame({"plate": "P1", "well": ["A01", "A02"], "f1": [0.5, 1.5], "places": [[1, 2], [3]]})
    table.to_parquet(tmp_path / "p.parquet")
    found = read_profiles(tmp_path / "p.parquet")
    assert found.names == ("f1",)
    assert "columns that hold lists are not read: places." in found.reading.notes
