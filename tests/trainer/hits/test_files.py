"""The table of hits comes back as it was written; what is no such table is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError, RunError
from cdcl.hits import beside_controls, read_hits, write_hits

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pd.DataFrame(
    {
        "treatment": ["0012", "nan"],
        "concentration": ["1e-3", ""],
        "hit": [True, False],
        "q": [0.01, np.nan],
        "effect": [3.25, 0.5],
        "cells": [np.nan, np.nan],
        "reasons": ["active (q = 0.01); 3.2 times", "not tested, so far"],
    }
)


def test_a_table_comes_back_with_its_texts_as_texts(tmp_path: Path) -> None:
    write_hits(TABLE, tmp_path / "hits.csv")
    pd.testing.assert_frame_equal(read_hits(tmp_path / "hits.csv"), TABLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("treatment,q\nA,0.1\n", "is no table of this kind; make it anew with `cdcl hits`. It lacks the column hit."),
        (
            "treatment,hit,q,effect,reasons\nA,perhaps,0.1,1,why\n",
            "has 'perhaps' in the column hit, not True or False; make it anew with",
        ),
        ("treatment,hit,q,effect,reasons\nA,True,low,1,why\n", "has 'low' in the column q, no number; make it anew"),
        ("treatment,hit,q,effect,reasons\nA,True,1e400,1,why\n", "has 'inf' in the column q, no number"),
        ('treatment,hit\n"A', "cannot be read; make it anew with"),
        ("", "cannot be read; make it anew with"),
    ],
)
def test_what_is_no_table_of_hits_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "hits.csv").write_text(text)
    with pytest.raises(RunError, match=r"hits\.csv") as refused:
        read_hits(tmp_path / "hits.csv")
    assert said in str(refused.value)


def test_hits_are_written_as_csv_or_xlsx_alone(tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match=r"written as \.csv or \.xlsx"):
        write_hits(TABLE, tmp_path / "hits.txt")


SITES = pd.DataFrame(
    {
        "plate": ["P1", "P1", "P2", "P2", "P3", "P4", "P4"],
        "treatment": ["A", "DMSO", "A", "DMSO", "A", "A", "DMSO"],
        "control": ["", "negative", "", "negative", "", "", "negative"],
    }
)


@pytest.mark.parametrize(
    ("most", "pairs"), [(9, [(0, 1), (2, 3), (5, 6)]), (2, [(0, 1), (5, 6)]), (1, [(0, 1)]), (0, [])]
)
def test_a_treated_field_is_seen_beside_a_control_of_its_own_plate(most: int, pairs: list[tuple[int, int]]) -> None:
    assert beside_controls(SITES, "A", most) == pairs


def test_plates_without_controls_or_readable_fields_are_left_out() -> None:
    assert beside_controls(SITES.drop(columns="control"), "A", 3) == []
    assert beside_controls(SITES, "none such", 3) == []
    readable = np.array([False, True, True, True, True, True, True])
    assert beside_controls(SITES, "A", 3, readable) == [(2, 3), (5, 6)]


def test_a_name_in_a_workbook_is_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    table = TABLE.assign(treatment=["=cmd|' /C calc'!A0", *TABLE["treatment"].iloc[1:]])
    write_hits(table, tmp_path / "hits.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "hits.xlsx")["hits"]
    column = [cell.value for cell in sheet[1]].index("treatment") + 1
    cell = sheet.cell(2, column)
    assert (cell.data_type, cell.value) == ("s", "=cmd|' /C calc'!A0")
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
