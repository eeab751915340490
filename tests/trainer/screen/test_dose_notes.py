"""What of doses may be meant otherwise is told, and how to mend it."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.profiles.imports.columns import sort_columns
from cdcl.screen.columns import interpret


def notes_of(**columns: object) -> str:
    return "\n".join(interpret(pd.DataFrame(columns)).notes)


def test_a_compound_without_a_dose_beside_others_is_told() -> None:
    table = {"compound": ["taxol", "taxol", "taxol", "DMSO"], "dose": ["", "0", "5", ""]}
    assert interpret(pd.DataFrame(table)).table["treatment"].tolist() == ["taxol", "taxol", "taxol@5", "DMSO"]
    assert "1 row names a compound that has" in notes_of(compound=["taxol", "taxol"], dose=["", "5"])
    assert "2 rows name a compound that has doses elsewhere, and no dose or 0 (taxol)" in notes_of(**table)


@pytest.mark.parametrize(
    "table",
    [
        {"compound": ["taxol", "DMSO"], "dose": ["5", ""]},
        {"compound": ["taxol", "DMSO", "DMSO"], "dose": ["5", "0.1", "0"]},
        {"compound": ["taxol", "x"], "dose": ["5", ""]},
        {"compound": ["taxol", "taxol"], "dose": ["5", "0"], "control": ["", "negative"]},
    ],
)
def test_controls_and_compounds_without_any_dose_are_not(table: dict[str, object]) -> None:
    assert "doses elsewhere" not in notes_of(**table)


def test_a_column_of_units_that_is_not_read_is_told() -> None:
    table = {"compound": "x", "dose": ["10", "100", "7"], "unit": ["\u00b5M", "nanoM", "IU"]}
    assert interpret(pd.DataFrame(table)).table["concentration"].tolist() == [10, 100, 7]
    assert "column unit holds units of doses and words that are none (nanoM, IU): none of it is read" in notes_of(
        **table
    )
    assert "column unit" not in notes_of(compound="x", dose=["10", "100"], unit=["ward 3", "ward 4"])


@pytest.mark.parametrize("heading", ["log10_conc", "log concentration (M)", "-log10(concentration)", "log2 dose"])
def test_logarithms_are_not_to_be_renamed_to_doses(heading: str) -> None:
    said = notes_of(compound="x", **{heading: ["-6", "-7"]})
    assert f"column '{heading}' looks like logarithms of doses and is not used; write the doses themselves" in said


@pytest.mark.parametrize("heading", ["log10_conc", "log_concentration", "nominal_dose", "Dose rank", "log2 dose"])
def test_a_dose_under_any_name_is_no_feature(heading: str) -> None:
    found = sort_columns(pd.DataFrame({"well": ["A01", "A02"], heading: [-6.0, -7.5], "Cells_concavity": [0.1, 0.7]}))
    assert found.features == ["Cells_concavity"]
    assert found.left_out == {"no feature, for its name says that it is a dose": [heading]}


@pytest.mark.parametrize("heading", ["unit", "Dose_Unit", "Units"])
def test_one_unknown_unit_leaves_its_own_dose_empty(heading: str) -> None:
    doses, units = ["1", "2000", "3", "4", "5 nM", "8", ""], ["uM", "nM", "uM", "foo", "foo", "uM", ""]
    found = interpret(pd.DataFrame({"compound": [*"aaaaaa", "DMSO"], "dose": doses, heading: units}))
    assert found.table["treatment"].tolist() == ["a@1", "a@2", "a@3", "a", "a@0.005", "a@8", "DMSO"]
    assert found.table["concentration_unit"].tolist() == ["\u00b5M", "\u00b5M", "\u00b5M", "", "\u00b5M", "\u00b5M", ""]
    said = f"1 dose is left empty: column {heading} holds words that are no units of a dose: 'foo' (1)"
    assert [note for note in found.notes if said in note]


def test_units_that_are_mostly_words_keep_their_doses() -> None:
    found = interpret(pd.DataFrame({"compound": "a", "dose": ["1", "2", "3"], "dose_unit": ["IU", "IU", "uM"]}))
    assert found.table["treatment"].tolist() == ["a@1 IU", "a@2 IU", "a@3 \u00b5M"]
    assert not [note for note in found.notes if "left empty" in note]
