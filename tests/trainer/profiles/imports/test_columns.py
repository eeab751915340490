from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import read_profiles
from cdcl.profiles.imports import split_columns

if TYPE_CHECKING:
    from pathlib import Path


def features(**columns: object) -> list[str]:
    return split_columns(pd.DataFrame({name: [value] for name, value in columns.items()}))[1]


def test_our_features_are_recognised_among_other_numbers() -> None:
    assert features(Metadata_Plate=1, emb_0000=0.1, umap_1=3.0) == ["emb_0000"]


def test_in_a_plain_table_columns_that_mean_something_are_no_features() -> None:
    assert features(Plate=12, Well="A01", dose=0.5, remark="ok", area=3.5, roundness=1) == ["area", "roundness"]


def test_bookkeeping_of_cellprofiler_is_no_feature() -> None:
    found = features(
        ImageNumber=1, ObjectNumber=2, Metadata_Plate=3, AreaShape_Area=4.0, Location_Center_X=5.0, Parent_Nuclei=1,
        Children_Cells_Count=1, Number_Object_Number=2, Intensity_MeanIntensity_DNA=0.1,
    )  # fmt: skip
    assert found == ["AreaShape_Area", "Intensity_MeanIntensity_DNA"]


def test_bookkeeping_of_compartments_counts_as_chosen_where_metadata_is_marked() -> None:
    columns = {"Cells_Location_Center_X": 1.0, "Cells_AreaShape_Area": 2.0}
    assert features(**columns) == ["Cells_AreaShape_Area"]
    assert features(Metadata_Plate="p", **columns) == list(columns)


def test_cells_of_cellprofiler_are_read_and_features_with_gaps_are_named(tmp_path: Path) -> None:
    (tmp_path / "Cells.csv").write_text(
        "ImageNumber,ObjectNumber,Metadata_Plate,Metadata_Well,Metadata_Site,AreaShape_Area,Texture_Contrast,Location_X\n"
        "1,1,0012,a1,1,10,0.5,3\n1,2,0012,a1,1,11,,4\n"
    )
    cells = read_profiles(tmp_path / "Cells.csv")
    assert cells.names == ("AreaShape_Area",)
    assert cells.level == "cell"
    assert list(cells.table["plate"]) == ["0012", "0012"]
    assert list(cells.table["cell"]) == ["1", "2"]
    assert cells.provenance == {"left_out": ["Texture_Contrast"]}


def test_any_table_is_read_with_its_zeros_in_front(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "Barcode,Well,Compound,Dose,size,shape\n0012,b3,taxol,0.5,1.5,2\n0012,b4,DMSO,,2,3\n"
    )
    wells = read_profiles(tmp_path / "mine.csv")
    assert wells.names == ("size", "shape")
    assert list(wells.table["plate"]) == ["0012", "0012"]
    assert list(wells.table["well"]) == ["B03", "B04"]
    assert list(wells.table["treatment"]) == ["taxol@0.5", "DMSO"]
    assert list(wells.table["control"]) == ["", "negative"]


def test_a_well_without_cells_does_not_take_every_feature_with_it(tmp_path: Path) -> None:
    table = tmp_path / "wells.csv"
    rows = ["1,A01,1,5", "1,A02,,", "1,A03,3,7", "1,A04,4,"]
    table.write_text("\n".join(["Metadata_Plate,Metadata_Well,Cells_A,Cells_B", *rows]))
    wells = read_profiles(table)
    assert list(wells.table["well"]) == ["A01", "A03", "A04"]
    assert wells.names == ("Cells_A",)
    assert wells.values.tolist() == [[1], [3], [4]]
    assert wells.provenance == {"empty_rows": 1, "left_out": ["Cells_B"]}


def test_gaps_in_a_table_of_nobody_we_know_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("plate,well,size,shape\n1,A01,1,\n1,A02,2,3\n")
    with pytest.raises(ProfilesError, match=r"1 values are NaN or infinite, in 1 columns \(shape\)"):
        read_profiles(tmp_path / "mine.csv")
