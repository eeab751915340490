"""Doses are read as people write them, in one unit; what cannot be compared is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.scatter import colour_column
from cdcl.screen.columns import interpret
from cdcl.screen.dose_columns import dose_numbers, unit_of


@pytest.mark.parametrize(
    ("texts", "values", "unit"),
    [
        (["10 uM", "0,3 µM", ""], [10, 0.3, np.nan], "µM"),
        (["100 nM", "1 uM", "2 uM"], [0.1, 1, 2], "µM"),
        (["1e-1", "10", None], [0.1, 10, np.nan], "µM"),
        (["0.5mg/mL", "20 ug/ml", "1 mg/mL"], [0.5, 0.02, 1], "mg/mL"),
        ([1, 3, 10], [1, 3, 10], "µM"),
    ],
)
def test_doses_come_out_in_the_commonest_unit(texts: list[object], values: list[float], unit: str) -> None:
    found = dose_numbers(pd.Series(texts), "µM")
    assert found is not None
    assert found[0] == pytest.approx(values, nan_ok=True)
    assert found[1] == unit


@pytest.mark.parametrize("texts", [["10 uM", "high"], ["10 uM", "1 mg/mL"], ["10 uM", "5 %"], ["", ""]])
def test_what_is_no_dose_or_cannot_be_compared_stays_text(texts: list[str]) -> None:
    assert dose_numbers(pd.Series(texts)) is None


def test_a_table_names_the_unit_of_its_doses_once() -> None:
    assert unit_of(pd.DataFrame({"concentration_unit": ["µM", "", "µM"]})) == "µM"
    assert unit_of(pd.DataFrame({"concentration_unit": ["uM", "nM"]})) == ""
    assert unit_of(pd.DataFrame({"well": ["A01"]})) == ""


@pytest.mark.parametrize(("heading", "unit"), [("concentration", "nM"), ("Dose_nM", "")])
def test_a_unit_in_a_cell_that_contradicts_its_heading_is_said_in_the_words_of_a_screen(
    heading: str, unit: str
) -> None:
    cells = pd.Series(["5 uM", "7", "300"], name=heading)
    found = dose_numbers(cells, unit)
    assert found is not None
    assert found.values == pytest.approx([5000, 7, 300])
    assert found.unit == "nM"
    screen = interpret(pd.DataFrame({"well": ["A01", "A02", "A03"], "Dose_nM": cells.to_numpy()}))
    assert screen.table["concentration"].tolist() == found.values.tolist()
    assert [note.replace(heading, "Dose_nM") for note in found.notes] == list(screen.notes)
    assert "first '5 uM' where these say nM: the cell's own is taken." in found.notes[0]


def test_a_contradiction_is_told_beside_the_colours() -> None:
    table = pd.DataFrame({"concentration": ["5 uM", "7", "300"], "concentration_unit": "nM"})
    assert any("'5 uM' where these say nM" in note for note in colour_column(table, "concentration").notes)


def test_doses_beside_a_word_keep_their_units() -> None:
    found = interpret(pd.DataFrame({"compound": "x", "dose": ["500 nM", "1 µM", "0.5 uM", "high"]}))
    assert found.table["treatment"].tolist() == ["x@0.5", "x@1", "x@0.5", "x@high"]
    assert found.table["concentration_unit"].tolist() == ["µM", "µM", "µM", ""]
