from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

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


def test_gaps_in_a_table_of_nobody_we_know_are_left_out_as_of_any(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("plate,well,size,shape\n1,A01,1,\n1,A02,2,3\n")
    assert read_profiles(tmp_path / "mine.csv").names == ("size",)


def test_what_numbers_rows_or_counts_replicates_is_no_feature_and_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "Metadata_Plate": ["1"] * 6, "Metadata_Well": [f"A{n:02d}" for n in range(6)], "replicate": [1, 2] * 3,
        "Passage": 7, "running": range(10, 16), "area": [3, 1, 2, 5, 4, 9], "contrast": [0.1] * 6,
    })  # fmt: skip
    frame.to_csv(tmp_path / "x.csv")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("area", "contrast")
    said = " ".join(profiles.reading.notes)
    assert all(name in said for name in ("replicate", "Passage", "running", "Unnamed: 0"))
    assert {"replicate", "passage"} <= set(map(str.lower, profiles.table.columns))


@pytest.mark.parametrize("word", ["#DIV/0!", "-", "Inf%", "n.d."])
def test_a_feature_with_one_word_is_named(tmp_path: Path, word: str) -> None:
    (tmp_path / "x.csv").write_text(f"Metadata_Plate,Metadata_Well,a,b\n1,A01,1,2\n1,A02,{word},3\n1,A03,2,3\n")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("b",)
    assert f"a (first '{word}' in row 3)" in profiles.reading.notes[0]


@pytest.mark.parametrize(("separator", "comma"), [(";", ","), ("\t", ","), (";", "."), ("|", ".")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_profiles_of_any_locale_are_read(tmp_path: Path, separator: str, comma: str, encoding: str) -> None:
    rows = [["Metadata_Plate", "Metadata_Well", "Metadata_Compound", "a", "b"]]
    rows += [["0012", f"A0{n}", "täxol µ", f"{n}{comma}5", f"{comma.join(('1', '25'))}"] for n in (1, 2)]
    text = "\n".join(separator.join(row) for row in rows) + "\n"
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.values.tolist() == [[1.5, 1.25], [2.5, 1.25]]
    assert profiles.table["compound"].tolist() == ["täxol µ"] * 2
    assert profiles.table["plate"].tolist() == ["0012"] * 2


def test_a_cell_line_called_cell_id_numbers_no_cells(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Metadata_Plate,Metadata_Well,Metadata_cell_id,a\n1,A01,A549,1\n1,A02,A549,2\n")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.level == "well"
    assert profiles.table["cell_id"].tolist() == ["A549"] * 2
