"""Columns of one table that contradict each other, and names that hold what has a column: told, never in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.screen.columns import interpret

if TYPE_CHECKING:
    from pathlib import Path


def notes_of(table: pd.DataFrame) -> tuple[str, ...]:
    return interpret(table).notes


def test_a_unit_beside_the_doses_that_is_not_that_of_their_heading_is_told() -> None:
    found = interpret(pd.DataFrame({"compound": ["a", "b"], "conc_mM": ["1", "2"], "dose_unit": ["uM", "mM"]}))
    assert found.table["concentration"].tolist() in ([1, 2000], [0.001, 2])
    assert "column conc_mM says mM, and column dose_unit µM in 1 row: the latter is taken." in found.notes
    assert not interpret(pd.DataFrame({"compound": ["a"], "conc_mM": ["1"], "dose_unit": ["mM"]})).notes


@pytest.mark.parametrize("dose", ["1", 1.0])
def test_two_columns_of_doses_without_a_unit_that_differ_are_told(dose: object) -> None:
    table = pd.DataFrame({"compound": ["a"], "concentration": [dose], "Conc": [9.0]})
    assert any("contradict each other, first with 1 and 9" in note for note in interpret(table).notes)
    assert not interpret(table.assign(Conc=[1.0])).notes


def test_gaps_of_one_column_of_doses_are_filled_from_another() -> None:
    found = interpret(pd.DataFrame({"compound": "a", "concentration": [1.0, None, 3.0], "Dose": [1.0, 2.0, None]}))
    assert found.table["treatment"].tolist() == ["a@1", "a@2", "a@3"]
    assert "1 dose missing in column concentration is taken from column Dose." in found.notes


def test_two_columns_of_wells_that_differ_are_told() -> None:
    table = pd.DataFrame({"well": ["A01", "A02"], "Well Name": ["A2", "A1"], "compound": "a"})
    assert any(
        "columns well and Well Name differ and mean the same: well is taken" in n for n in interpret(table).notes
    )
    assert not interpret(table.assign(**{"Well Name": ["a1", "A-2"]})).notes


def test_the_solvent_behind_a_dose_is_no_part_of_it() -> None:
    found = interpret(pd.DataFrame({"compound": ["a", "DMSO"], "dose": ["3.0 uM in DMSO", "0 uM in DMSO"]}))
    assert found.table["treatment"].tolist() == ["a@3", "DMSO"]


def test_names_that_end_in_a_dose_are_told() -> None:
    found = interpret(pd.DataFrame({"compound": ["taxol 3.0 uM", "taxol 1 uM", "DMSO"]}))
    assert any("2 of 3 names of the column compound end in a dose, such as 'taxol 3.0 uM'" in n for n in found.notes)
    assert not interpret(pd.DataFrame({"compound": ["5-FU", "CHIR-99021", "BAY 11-7082", "SB 203580"]})).notes


def test_a_remark_that_names_controls_alone_is_asked_about() -> None:
    found = interpret(pd.DataFrame({"compound": ["v", "a"], "Comment": ["vehicle ctrl", ""]}))
    assert any("column 'Comment' ('vehicle ctrl' (1)) looks like controls" in note for note in found.notes)
    assert not interpret(pd.DataFrame({"compound": ["v", "a"], "Solvent type": "DMSO"})).notes


def test_a_line_of_groups_above_the_headings_is_named(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("Plate,,Treatment,\nplate,well,compound,dose\nP1,A01,a,5\nP1,A02,b,7\n")
    found = read_noted_platemap(tmp_path / "map.csv")
    assert found.table["treatment"].tolist() == ["a@5", "b@7"]
    assert any("not read, above the headings: 'Plate Treatment'" in note for note in found.notes)


def test_sheets_of_plates_with_other_headings_are_one_map(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("P2")
    first.title = "P1"
    for row in (["well", "compound", "Dose (uM)"], ["A01", "a", 1], ["A02", "a", "~5"]):
        first.append(row)
    for row in (["Well", "Drug", "conc_nM"], ["A01", "a", 1000], ["A02", "DMSO", 0]):
        second.append(row)
    book.save(tmp_path / "map.xlsx")
    found = read_noted_platemap(tmp_path / "map.xlsx")
    assert found.table["plate"].tolist() == ["P1", "P1", "P2", "P2"]
    treatments = found.table["treatment"].tolist()
    assert treatments[0] == treatments[2]  # 1 µM is 1000 nM
    assert treatments[1:] == ["a@~5", treatments[0], "DMSO"]


def test_what_a_refusal_says_of_wells_comes_once(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("well,treatment\n1,a\n2,b\n")
    sites = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "path": ["1.tif"]})
    with pytest.raises(ScreenError) as raised:
        join_platemap(sites, tmp_path / "map.csv")
    assert str(raised.value).count("are numbers") == 1
