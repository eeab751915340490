"""What spreadsheets, word processors and other tools make of doses, names and controls, with the right values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.screen.columns import interpret
from cdcl.screen.controls import control_of_name, read_control
from cdcl.screen.headings import read_heading
from cdcl.screen.identifiers import alike_names
from cdcl.screen.plates import normalise_well
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,00,000", "10,000", "10"], [100_000, 10_000, 10]),  # India parts thousands by two digits
        (["1\u202f000,5", "10\u00a0000", "0,5"], [1000.5, 10_000, 0.5]),
        (["1 000", "10\u2019000", "1'000"], [1000, 10_000, 1000]),
        (["1e\u22126", "\u22123", "\u22121"], [1e-6, -3, -1]),  # a typeset minus
        (["'10", "'3", "1"], [10, 3, 1]),
        (["1 ÂµM", "2 ÂµM", "3 ÂµM"], [1, 2, 3]),  # UTF-8 read as Western text
    ],
)
def test_numbers_as_people_and_programs_write_them(cells: list[str], values: list[float]) -> None:
    found = interpret(pd.DataFrame({"compound": "x", "dose": cells})).table
    assert found["concentration"].tolist() == pytest.approx(values)


def test_a_word_among_doses_takes_their_unit_from_none() -> None:
    found = interpret(pd.DataFrame({"compound": "x", "Dose (M)": ["1e-6", "2e-6", "high"]})).table
    assert found["concentration_unit"].tolist() == ["M", "M", ""]
    assert found["concentration"].tolist() == pytest.approx([1e-6, 2e-6, float("nan")], nan_ok=True)
    assert found["treatment"].tolist() == ["x@1e-06", "x@2e-06", "x@high"]


def test_a_column_called_unit_is_the_unit_of_doses_where_it_mostly_holds_units() -> None:
    table = pd.DataFrame({"compound": "x", "dose": ["1", "100", "3"], "Unit": ["uM", "nM", "uM"]})
    found = interpret(table).table
    assert found["concentration"].tolist() == pytest.approx([1, 0.1, 3])
    assert found["concentration_unit"].tolist() == ["µM", "µM", "µM"]
    other = interpret(table.assign(Unit=["ward 3", "nM", "uM"])).table
    assert other["concentration"].tolist() == pytest.approx([float("nan"), 100, 3000], nan_ok=True)  # one of three
    wards = interpret(table.assign(Unit=["ward 3", "ward 4", "uM"])).table
    assert wards["concentration"].tolist() == [1, 100, 3]


@pytest.mark.parametrize(
    ("heading", "unit"),
    [("uM", "µM"), ("nM", "nM"), ("[Compound] (µM)", "µM"), ("Final conc. [µM]", "µM"), ("dose (ÂµM)", "µM")],
)
def test_headings_of_doses(heading: str, unit: str) -> None:
    found = read_heading(heading)
    assert (found.name, found.unit) == ("concentration", unit)


@pytest.mark.parametrize("heading", ["nm", "mm", "um", "M", "[Ca2+]", "compound (µm)"])
def test_lengths_and_ions_are_no_doses(heading: str) -> None:
    assert read_heading(heading).name == ""


def test_names_that_look_alike_are_one_or_are_asked_about() -> None:
    names = ["r\u00e9", "re\u0301", "taxol\u00a0A", "taxol  A", "AZ\u20111", "AZ-1", "\u202eAZ-1"]
    found = interpret(pd.DataFrame({"compound": names})).table["compound"].tolist()
    assert found == ["r\u00e9", "r\u00e9", "taxol A", "taxol A", "AZ-1", "AZ-1", "AZ-1"]
    assert alike_names(["AZ-1", "AZ\u20131", "b"]) == [("AZ-1", "AZ\u20131")]


def test_a_dash_is_no_compound() -> None:
    found = interpret(pd.DataFrame({"compound": ["-", "\u2014", "a-b"], "dose": ["1", "2", "3"]}))
    assert found.table["treatment"].tolist() == ["", "", "a-b@3"]
    assert any("column compound: 2 cells hold a dash only" in note for note in found.notes)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("-ve", "negative"), ("+ve", "positive"), ("ctrl+", "positive"), ("C\u2212", "negative"), ("+", None)],
)
def test_signs_of_controls(word: str, kind: str | None) -> None:
    assert read_control(word) == kind


def test_the_long_name_of_dmso_is_a_vehicle() -> None:
    assert control_of_name("Dimethyl sulfoxide") == control_of_name("dimethylsulfoxid 0.1 %") == "negative"


@pytest.mark.parametrize("well", ["A:1", "A.1", "A/1", "Well A1", "well_A01", "A1.0", "\uff21\uff10\uff11", "'A01"])
def test_wells_as_other_tools_write_them(well: str) -> None:
    assert normalise_well(well) == "A01"


def test_text_that_excel_is_told_to_leave_alone_is_text(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('="well",compound,plate\n="A01",="1-2",="0012"\n')
    assert read_table(path).iloc[0].to_dict() == {"well": "A01", "compound": "1-2", "plate": "0012"}
