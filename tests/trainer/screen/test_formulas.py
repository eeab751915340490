"""Names that begin like formulas are written as they are, read back equal, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.screen.formulas import formula_note
from cdcl.screen.tables import read_screen_table

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["=1+1", "@SUM(A1:A9)", "+cmd|' /C calc'!A0", "-2,5-DNP", "plain"]


def test_a_screen_with_such_names_reads_back_equal_and_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wells = [f"A0{number}" for number in range(1, 6)]
    sites = pd.DataFrame({"plate": "P1", "well": wells, "site": "1", "treatment": NAMES, "channel_names": "DNA"})
    sites.assign(path=[f"{well}.tif" for well in wells]).to_csv(tmp_path / "in.csv", index=False)
    for well in wells:
        (tmp_path / f"{well}.tif").write_bytes(b"")
    assert main(["scan", str(tmp_path / "in.csv"), "-o", str(tmp_path / "screen.csv")]) == 0
    assert read_screen_table(tmp_path / "screen.csv").sites["treatment"].tolist() == NAMES
    assert pd.read_csv(tmp_path / "screen.csv")["treatment"].tolist() == NAMES
    said = capsys.readouterr().err
    assert said.count("as formulas") == 1
    assert "screen.csv: a spreadsheet that opens it computes '=1+1' (column treatment), '@SUM(A1:A9)'" in said
    assert "... (4 in all)" in said


def test_a_heading_of_a_matrix_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("treatment,=1+1\na,0.5\n")
    assert "computes '=1+1' (a heading) as formulas" in formula_note(tmp_path / "x.csv")


@pytest.mark.parametrize("text", ["a,b\n1,-2.5\n-inf,+3e-5\n-,x\n", "", "a\nx=1\n(-)-gallocatechin\n"])
def test_numbers_and_plain_names_are_not_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    assert formula_note(tmp_path / "x.csv") == ""


def test_what_is_no_table_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("=1+1\n=1+1\n")
    (tmp_path / "x.csv").write_bytes(b"a\n\xff=\n")
    assert formula_note(tmp_path / "x.parquet") == formula_note(tmp_path / "x.csv") == formula_note(tmp_path) == ""
