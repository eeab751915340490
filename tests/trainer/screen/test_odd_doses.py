"""One cell of a column of doses that is none leaves the others, their unit and their zeros as they are."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from cdcl.screen.columns import interpret, standardise

ODD = ["~5", "ten", ">10", "<0.1", "5-10", "10 uM?", "1;5", "5 or 10"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("heading", ["concentration_nM", "Dose (nM)", "conc"])
def test_an_odd_cell_is_named_with_its_well_and_the_others_are_doses(odd: str, heading: str) -> None:
    table = pd.DataFrame(
        {
            "plate": "P1",
            "well": ["A01", "A02", "A03", "A04"],
            "compound": ["taxol", "taxol", "taxol", "DMSO"],
            heading: ["10", odd, "2.50", "0"],
        }
    )
    found = interpret(table)
    sites = found.table
    assert sites["concentration"].tolist() == pytest.approx([10, math.nan, 2.5, 0], nan_ok=True)
    assert sites["treatment"].tolist() == ["taxol@10", f"taxol@{odd}", "taxol@2.5", "DMSO"]
    assert sites["concentration_written"].tolist() == ["", odd, "", ""]
    if heading != "conc":
        assert sites["concentration_unit"].tolist() == ["nM", "", "nM", "nM"]
    said = f"column {heading}: 1 cell is no dose: '{odd}' (1, well P1/A02)"
    assert [note for note in found.notes if note.startswith(said)]
    assert interpret(sites).table.equals(sites)


def test_doses_beside_an_odd_cell_are_converted() -> None:
    table = pd.DataFrame({"compound": "x", "dose_nM": ["300", "1.5 µM", "<0.1", "200", "10-20", "<0.1"]})
    found = interpret(table)
    assert found.table["concentration"].tolist() == pytest.approx(
        [300, 1500, math.nan, 200, math.nan, math.nan], nan_ok=True
    )
    assert any("3 cells are no doses: '<0.1' (2, rows 4, 7), '10-20' (1, row 6)" in note for note in found.notes)


def test_an_odd_cell_of_a_second_column_of_doses_is_named_too() -> None:
    table = pd.DataFrame({"compound": "x", "dose_uM": ["1", "2", "", "3"], "dose_nM": ["", "", "~5", ""]})
    found = interpret(table)
    assert found.table["treatment"].tolist() == ["x@1", "x@2", "x@~5", "x@3"]
    assert any("column dose_nM: 1 cell is no dose: '~5' (1, row 4)" in note for note in found.notes)


def test_a_column_that_is_mostly_words_stays_text_and_keeps_its_zeros() -> None:
    table = pd.DataFrame({"compound": ["a", "b", "c", "DMSO"], "dose": ["low", "high", "low", "0"]})
    found = interpret(table)
    assert found.table["concentration"].tolist() == ["low", "high", "low", "0"]
    assert found.table["treatment"].tolist() == ["a@low", "b@high", "c@low", "DMSO"]
    assert any("they are kept as text" in note for note in found.notes)
    assert interpret(found.table).table.equals(found.table)


@pytest.mark.parametrize("zero", ["0", "0.0", "0,0", "0 nM", "-0"])
@pytest.mark.parametrize("others", [["1", "5"], ["1 uM", "5 nM"], ["1", "~5"], ["1 mg/mL", "5 nM"], ["low", "high"]])
def test_a_dose_of_0_stays_0_and_is_no_part_of_a_name(zero: str, others: list[str]) -> None:
    table = pd.DataFrame({"compound": ["a", "b", "DMSO"], "dose": [*others, zero]})
    sites = standardise(table)
    assert float(sites["concentration"].iloc[2]) == 0
    assert sites["treatment"].iloc[2] == "DMSO"


def test_one_number_below_zero_among_doses_stands_for_none() -> None:
    table = {"well": ["A01", "A02", "A03", "A04", "A05"], "compound": ["taxol"] * 4 + ["DMSO"]}
    found = interpret(pd.DataFrame({**table, "dose": ["1", "3", "-1", "10", "-1"]}))
    assert found.table["treatment"].tolist() == ["taxol@1", "taxol@3", "taxol", "taxol@10", "DMSO"]
    assert found.table["concentration"].tolist() == pytest.approx([1, 3, math.nan, 10, math.nan], nan_ok=True)
    said = "column dose: 2 doses are -1 (wells A03, A05), which is no dose: they are left empty."
    assert said in found.notes


def test_a_minus_in_lincs_stands_for_none() -> None:
    numbers = interpret(pd.DataFrame({"pert_iname": ["a", "a", "b", "DMSO"], "pert_dose": [10.0, 3.33, 1.11, -666.0]}))
    assert numbers.table["treatment"].tolist() == ["a@10", "a@3.33", "b@1.11", "DMSO"]
    assert any("1 dose is -666 (row 5), which is no dose: it is left empty." in note for note in numbers.notes)


def test_medium_is_a_level_of_doses() -> None:
    sites = standardise(pd.DataFrame({"compound": "a", "dose": ["low", "medium", "high"]}))
    assert sites["treatment"].tolist() == ["a@low", "a@medium", "a@high"]


@pytest.mark.parametrize("word", ["vehicle", "DMSO", "untreated", "Negative control", "no drug", "ctrl"])
def test_a_word_for_a_control_in_place_of_a_dose_is_no_dose(word: str) -> None:
    found = interpret(
        pd.DataFrame({"well": ["A1", "A2", "A3"], "compound": ["a", "DMSO", "DMSO"], "dose": ["1", word, "0"]})
    )
    assert found.table["treatment"].tolist() == ["a@1", "DMSO", "DMSO"]
    assert f"column dose: 1 cell says '{word}' in place of a dose (well A02): it has no dose." in found.notes


def test_a_dose_that_a_spreadsheet_made_a_date_is_said_to_be_one() -> None:
    found = interpret(pd.DataFrame({"compound": "a", "dose": ["1", "2026-03-01 00:00:00", "3"]}))
    assert any("a spreadsheet makes dates of numbers such as 1.3" in note for note in found.notes)


@pytest.mark.parametrize("logs", [["-1", "0", "1", "2"], ["-6", "-7", "-8"], ["-1", "1"], ["-2", "-1", "0.5", "3"]])
def test_logarithms_are_asked_about_and_kept_apart(logs: list[str]) -> None:
    found = interpret(pd.DataFrame({"compound": "a", "dose": logs}))
    assert found.table["concentration"].tolist() == [float(text) for text in logs]
    assert any("below zero" in note and "logarithm" in note for note in found.notes)
    assert found.table["treatment"].nunique() == len(logs)
