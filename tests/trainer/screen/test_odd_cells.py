"""Wells and names that are read otherwise than they stand there, or stand for something else, are told with counts."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.profiles.names import interpret_metadata
from cdcl.screen.columns import interpret


@pytest.mark.parametrize(
    ("wells", "read", "said"),
    [
        (["1A", "2A", "1A", "B02"], ["A01", "A02", "A01", "B02"], "2 wells name the column first, such as '1A': read"),
        (["P1_A01", "P1_A02"], ["P1_A01", "P1_A02"], "2 wells seem to hold the plate, too, such as 'P1_A01': kept"),
        (["1", "2", "3"], ["1", "2", "3"], "3 wells are numbers, such as '1': kept as names"),
        (["A01", "A99"], ["A01", "A99"], "1 well lies on no plate, such as 'A99'"),
        (["A01", "A00"], ["A01", "A00"], "1 well lies on no plate, such as 'A00'"),
        (["A01", "ZZ01"], ["A01", "ZZ01"], "1 well lies on no plate, such as 'ZZ01'"),
        (["A01", "Bo7"], ["A01", "BO07"], "1 well seems to have a letter for a digit, such as 'Bo7': is that B07?"),
        (["A01", "B0l", "C1O"], ["A01", "B0l", "C1O"], "2 wells seem to have a letter for a digit, such as 'B0l': is"),
        (["A01", "\u0412\u041203"], ["A01", "\u0412\u041203"], "1 well is no well of a plate"),
        (
            ["A01", "\u041203"],
            ["A01", "\u041203"],
            "1 well seems to have a letter of another alphabet, such as '\u041203': is that B03?",
        ),
        (["B01", "AO2"], ["B01", "AO02"], "1 well seems to have a letter for a digit, such as 'AO2': is that A02?"),
        (["A01", "slide 4"], ["A01", "slide 4"], "1 well is no well of a plate, such as 'slide 4': kept"),
    ],
)
def test_wells_that_are_no_plain_ones_are_told(wells: list[str], read: list[str], said: str) -> None:
    for found in (interpret(pd.DataFrame({"well": wells})), interpret_metadata(pd.DataFrame({"Metadata_Well": wells}))):
        assert found.table["well"].tolist() == read
        assert [note for note in found.notes if said in note], found.notes
        assert len(found.notes) == 1


def test_plain_wells_are_not_told() -> None:
    assert interpret(pd.DataFrame({"well": ["a1", "P24", "AF48", "AO01", "r03c11", "Well C3", "A(1)", ""]})).notes == ()


def test_a_line_break_in_a_name_is_told() -> None:
    found = interpret(pd.DataFrame({"Drug": ["a\nb", "a b", "c\td", "a\r\nb", "e\n"], "plate": ["P\n1", *["P1"] * 4]}))
    assert found.table["compound"].tolist() == ["a b", "a b", "c d", "a b", "e"]
    assert found.table["plate"].tolist()[0] == "P\n1"
    assert r"3 cells of column Drug hold a line break or a tab, first 'a\nb': read as 'a b'." in found.notes
    assert r"1 cell of column plate holds a line break or a tab, first 'P\n1': kept; is that the name?" in found.notes


@pytest.mark.parametrize(
    "values", [["TRUE", "FALSE", "TRUE", "x"], [True, False, True, "x"], ["true", "False", "true", "x"]]
)
def test_truths_for_names_are_asked_about(values: list[object]) -> None:
    said = " ".join(interpret(pd.DataFrame({"compound": values})).notes)
    assert "column compound holds " in said
    assert "(2)" in said
    assert "(1), as a spreadsheet writes truths: taken as names; are they?" in said
