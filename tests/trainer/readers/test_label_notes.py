"""Names held against each other: what falsifies labels without a word is told, and what is fine is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers.label_notes import name_notes
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.metadata.wells import with_wells
from cdcl.screen.columns import interpret

if TYPE_CHECKING:
    from pathlib import Path


def sites(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    table = {"plate": ["P1"] * count, "well": [f"A{n + 1:02d}" for n in range(count)], **columns}
    return pd.DataFrame(table)


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ({"treatment": ["Taxol", "taxol"]}, "treatment 'Taxol' and 'taxol' differ only in zeros or case"),
        ({"treatment": ["1", "1.0"]}, "treatment '1' and '1.0' differ only"),
        ({"compound": ["A1", "A01"]}, "compound 'A01' and 'A1' differ only"),
        ({"plate": ["44927", "2023-01-01"]}, "plate '2023-01-01' and '44927' are the same to a spreadsheet"),
        ({"plate": ["1E5", "100000"]}, "plate '100000' and '1E5' are the same to a spreadsheet"),
        ({"plate": ["1.23E+11", "1.23E+11"]}, "a plate is called '1.23E+11': a spreadsheet writes long numbers so"),
        ({"treatment": ["2-Sep", "TP53"]}, "1 names of the column treatment are dates, such as '2-Sep'"),
        ({"compound": ["2023-09-02 00:00:00", "TP53"]}, "1 names of the column compound are dates"),
        ({"well": ["A01", "A01"], "treatment": ["x", "y"]}, "1 well holds several treatments, such as P1/A01 (x, y)"),
    ],
)
def test_what_may_falsify_a_label_is_said(columns: dict[str, list[str]], note: str) -> None:
    assert note in "\n".join(name_notes(sites(**columns)))


def test_names_that_are_different_are_not_doubted() -> None:
    fine = sites(
        plate=["20585", "20586", "P1", "2023-01-01"],
        treatment=["x@1", "x@10", "y@1", "DMSO"],
        compound=["x", "x", "y", "DMSO"],
    )
    assert name_notes(fine) == []


@pytest.mark.parametrize(
    ("rows", "columns", "wells"),
    [
        (["0", "0", "1"], ["0", "11", "3"], ["A01", "A12", "B04"]),
        (["1", "2"], ["1", "12"], ["A01", "B12"]),
        (["A", "B"], ["0", "3"], ["A1", "B4"]),
        (["0.0", "1.0"], ["0.0", "2.0"], ["A01", "B03"]),
    ],
)
def test_rows_and_columns_count_from_0_where_both_have_one(
    rows: list[str], columns: list[str], wells: list[str]
) -> None:
    assert with_wells(pd.DataFrame({"row": rows, "column": columns}))["well"].tolist() == wells


@pytest.mark.parametrize(("rows", "columns"), [(["0", "1"], ["1", "2"]), (["1", "2"], ["0", "1"])])
def test_where_only_one_counts_from_0_it_is_asked(rows: list[str], columns: list[str]) -> None:
    with pytest.raises(ScreenError, match=r"counts from 0, and .* only you know"):
        with_wells(pd.DataFrame({"row": rows, "column": columns}))


def test_headings_that_mean_the_same_and_differ_are_said() -> None:
    table = sites(compound=["x", "y"], Compound=["x", "z"], site=["1", "2"], Field=["0", "1"])
    notes = "\n".join(interpret(table).notes)
    assert "columns compound and Compound differ and mean the same: compound is taken" in notes
    assert "columns site and Field differ and mean the same: site is taken" in notes
    same = sites(compound=["x", "y"], Compound=["x", "y"])
    assert not [note for note in interpret(same).notes if "mean the same" in note]


@pytest.mark.parametrize(
    ("heading", "is_said"), [("positive_control", True), ("is_ctrl_well", True), ("controller", False)]
)
def test_a_column_that_looks_like_controls_and_is_not_read_is_said(heading: str, is_said: bool) -> None:
    table = sites(compound=["x", "y"], **{heading: ["0", "1"]})
    assert any("looks like controls" in note for note in interpret(table).notes) == is_said


def test_an_error_of_a_spreadsheet_is_no_treatment_and_no_dose() -> None:
    table = sites(compound=["x", "#REF!", "y"], concentration=["1", "2", "#DIV/0!"])
    found = interpret(table)
    assert found.table["treatment"].tolist() == ["x@1", "", "y"]
    notes = "\n".join(found.notes)
    assert "column compound: 1 cell holds an error of a spreadsheet, such as #REF!: taken for empty." in notes
    assert "column concentration: 1 cell holds an error of a spreadsheet, such as #DIV/0!: taken for empty." in notes


def test_what_cannot_be_seen_makes_no_other_treatment() -> None:
    found = interpret(sites(compound=["DMSO\u200b", "\ufeffx", "x\u00a0"])).table
    assert found["treatment"].tolist() == ["DMSO", "x", "x"]
    assert found["control"].tolist() == ["negative", "", ""]


def test_a_map_of_wells_never_says_where_images_are(tmp_path: Path) -> None:
    images = sites(treatment=["a", "b"]).assign(site="1", path=["1.tif", "2.tif"], channel_names="DNA;ER")
    wells = pd.DataFrame({"well": ["A01", "A02"], "treatment": ["a", "c"], "path": "2.tif", "channel_names": "ER;DNA"})
    wells.to_csv(tmp_path / "map.csv", index=False)
    joined = join_platemap(images, tmp_path / "map.csv")
    assert joined.sites["path"].tolist() == ["1.tif", "2.tif"]
    assert set(joined.sites["channel_names"]) == {"DNA;ER"}
    assert joined.sites["treatment"].tolist() == ["a", "c"]
    notes = "\n".join(joined.notes)
    assert "map.csv: path, channel_names tell of images" in notes
    assert "map.csv says another treatment than the screen in 1 row, first 'c' for 'b': it is taken" in notes
