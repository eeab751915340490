"""Tables of profiles as other tools and spreadsheets leave them: which columns are features, and their values."""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import read_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.profiles import Profiles

ROWS = 12
FEATURES = ("Area_Mean", "DNA_Texture")


def table() -> pd.DataFrame:
    values = np.round(np.random.default_rng(0).normal(size=(ROWS, 2)), 4)
    wells = [f"{row}{column:02d}" for row in "ABC" for column in range(1, 5)]
    frame = pd.DataFrame({"Metadata_Plate": "P1", "Metadata_Well": wells, "Metadata_Compound": "x"})
    return frame.assign(**dict(zip(FEATURES, values.T, strict=True)))


def read(frame: pd.DataFrame, folder: Path, name: str = "t.csv") -> Profiles:
    path = folder / name
    frame.to_csv(path, index=False) if name.endswith("csv") else frame.to_parquet(path, index=False)
    return read_profiles(path)


@pytest.mark.parametrize(
    "name",
    ["p_value", "padj", "prediction", "pred_proba", "leiden", "kmeans_label", "class", "is_outlier", "QC_pass",
     "pass_fail", "include", "EC50", "MolWeight", "logP", "operator_id", "timepoint_h", "temperature", "Site_Count",
     "conc_uM"],
)  # fmt: skip
def test_what_was_found_or_decided_is_no_feature_and_is_named(name: str, tmp_path: Path) -> None:
    found = read(table().assign(**{name: np.arange(ROWS) % 3 + 0.5}), tmp_path)
    assert found.names == FEATURES
    assert any(name in note and "no feature" in note for note in found.reading.notes)


@pytest.mark.parametrize("name", ["Cells_Intensity_Mean", "Area (px)", "viability", "log_intensity", "Classical_1"])
def test_measurements_stay_features(name: str, tmp_path: Path) -> None:
    assert read(table().assign(**{name: np.arange(ROWS) % 3 + 0.5}), tmp_path).names == (*FEATURES, name)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([f'="{row % 5}.5"' for row in range(ROWS)], [row % 5 + 0.5 for row in range(ROWS)]),
        ([f"\u2212{row % 5}.5" for row in range(ROWS)], [-(row % 5) - 0.5 for row in range(ROWS)]),
        ([f"1.5D+0{row % 5}" for row in range(ROWS)], [1.5 * 10 ** (row % 5) for row in range(ROWS)]),
        ([f"1,00,{7 * row % 5:03d}" for row in range(ROWS)], [100_000 + 7 * row % 5 for row in range(ROWS)]),
        ([str(10 ** (20 + 7 * row % 5)) for row in range(ROWS)], [10.0 ** (20 + 7 * row % 5) for row in range(ROWS)]),
    ],
    ids=["formula", "minus", "Fortran", "India", "long"],
)
def test_numbers_are_read_however_they_are_written(cells: list[str], expected: list[float], tmp_path: Path) -> None:
    found = read(table().assign(Area_Mean=cells), tmp_path)
    assert found.names == FEATURES
    np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("remark", [",,,(px),(AU)", "%CV,,,12%,n/a"])
def test_a_row_of_units_or_remarks_is_left_out_and_named(remark: str, tmp_path: Path) -> None:
    lines = table().to_csv(index=False).splitlines()
    path = tmp_path / "t.csv"
    path.write_text("\n".join([lines[0], remark, *lines[1:]]) + "\n")
    found = read_profiles(path)
    np.testing.assert_allclose(found.values, table()[list(FEATURES)], rtol=1e-5)
    assert any("1 row names no well and is left out" in note for note in found.reading.notes)


def test_parquet_of_other_tools_holds_numbers_as_text_decimals_and_bytes(tmp_path: Path) -> None:
    frame = table()
    frame["Area_Mean"] = frame["Area_Mean"].astype(str)
    frame["DNA_Texture"] = [decimal.Decimal(str(value)) for value in frame["DNA_Texture"]]
    found = read(frame.assign(Metadata_Plate=b"P1", took=pd.Timedelta("1h")), tmp_path, "t.parquet")
    assert found.names == FEATURES
    np.testing.assert_allclose(found.values, table()[list(FEATURES)], rtol=1e-5)
    assert set(found.table["plate"]) == {"P1"}


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_table_of_no_rows_is_refused_and_not_scored(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match="headings and not one row"):
        read(table().iloc[:0], tmp_path, name)


@pytest.mark.parametrize("twin", ["AREA_MEAN", "Area_Mean ", "area_mean", "Area _Mean"])
def test_features_whose_names_differ_by_capitals_or_blanks_are_asked_about(twin: str, tmp_path: Path) -> None:
    twice = read(table().assign(**{twin: np.arange(ROWS) * 0.5}), tmp_path, "t.parquet")
    assert len(twice.names) == 3
    assert any(f"'Area_Mean' and '{twin}'" in note for note in twice.reading.notes)
    assert not any("capitals" in note for note in read(table(), tmp_path).reading.notes)
