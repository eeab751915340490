"""Names and wells as other programs and people write them: what is one, what is asked about, what stays two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.screen.columns import interpret
from cdcl.screen.identifiers import alike_names
from cdcl.screen.plates import normalise_well
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["100.0", "101.0", "", "100.0"], ["100", "101", "", "100"]),
        (["100.0", "101", "100"], ["100.0", "101", "100"]),  # mixed: asked about, not decided
        (["100.0", "DMSO"], ["100.0", "DMSO"]),
        (["1.5", "1.0"], ["1.5", "1.0"]),
    ],
)
def test_numbers_that_a_program_made_decimals(names: list[str], read: list[str]) -> None:
    found = interpret(pd.DataFrame({"compound": names}))
    assert found.table["compound"].tolist() == read
    assert any("whole numbers with .0 only, such as 100.0" in note for note in found.notes) == (names != read)


def test_text_and_numbers_of_one_table_give_the_same_names() -> None:
    numbers = pd.DataFrame({"compound": [100.0, None, 101.0]})
    text = pd.DataFrame({"compound": ["100.0", "", "101.0"]})
    assert interpret(numbers).table["compound"].tolist() == interpret(text).table["compound"].tolist()


def test_zeros_behind_a_point_are_no_zeros_in_front() -> None:
    assert alike_names(["x@0.01", "x@0.1", "x@0.001", "v1.1", "v1.01"]) == []
    assert alike_names(["P01", "P1", "01.5", "1.5"]) == [("01.5", "1.5"), ("P01", "P1")]


@pytest.mark.parametrize("sign", ["\u2019", "\u2032", "\u2018", "`", "\u00b4", "\u02bc"])
def test_apostrophes_of_any_kind_look_alike(sign: str) -> None:
    assert alike_names(["5'-azacytidine", f"5{sign}-azacytidine"]) == [("5'-azacytidine", f"5{sign}-azacytidine")]


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("A(1)", "A01"), ("(A,1)", "A01"), ("A [12]", "A12"), ("AF(48)", "AF48"), ("1A", "A01"), ("01a", "A01"),
        ("12-H", "H12"), ("48AF", "AF48"), ("1Q", "1Q"), ("0A", "0A"), ("1E5", "1E5"), ("P1_A01", "P1_A01"),
    ],
)  # fmt: skip
def test_wells_in_brackets_and_with_the_column_first(text: str, well: str) -> None:
    assert normalise_well(text) == well


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16", "utf-8-sig", "cp1252"])
def test_any_encoding_of_a_spreadsheet_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "map.csv"
    path.write_bytes("well,compound\nA01,r\u00e9\n".encode(encoding))
    assert read_table(path).to_dict("list") == {"well": ["A01"], "compound": ["r\u00e9"]}


def test_a_heading_given_twice_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("well,well\nA01,A02\n")
    with pytest.raises(ScreenError) as raised:
        read_table(path)
    assert str(raised.value) == f"{path} has two columns named 'well'; rename one of them."
