"""A text table's separator and headings are found at a cost that follows its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.screen import headings
from cdcl.screen.delimited import read_form
from cdcl.screen.headings import is_heading

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wide_table_of_numbers_is_not_parted_at_every_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for one cell at the wrong separator, a line of 3 000 numbers was parted 6 000 times: minutes a plate."""
    columns = ["Metadata_Plate", "Metadata_Well", *(f"Cells_Texture_{number}_00_256" for number in range(3000))]
    line = ",".join(["P1", "A01", *(f"-0.{number:04d}" for number in range(3000))])
    (tmp_path / "plate.csv").write_text("\n".join([",".join(columns), *[line] * 70]) + "\n")
    asked: list[str] = []
    monkeypatch.setattr(headings, "read_unit", lambda text: asked.append(text) or "")
    is_heading.cache_clear()
    form = read_form(tmp_path / "plate.csv")
    is_heading.cache_clear()
    assert form.separator == ","
    assert form.headings == tuple(columns)
    assert len(asked) <= 10 * len(columns)


@pytest.mark.parametrize("text", ["0.5", "-1,5", "1e-5", "", ",", "a," * 200])
def test_numbers_and_whole_lines_are_no_headings(text: str) -> None:
    assert not is_heading(text)


@pytest.mark.parametrize("text", ["Plate", "Conc. [µM]", "FileName_DNA", "Metadata_Plate_Map_Name", "row"])
def test_headings_are(text: str) -> None:
    assert is_heading(text)
