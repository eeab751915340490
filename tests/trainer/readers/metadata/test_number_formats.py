"""A number of a workbook is what the workbook shows: its zeros in front, and its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.readers.metadata.number_formats import shown
from cdcl.readers.metadata.platemap_files import read_noted_platemap

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("value", "code", "seen"),
    [
        (12, "0000", "0012"),
        (12.0, "0000", "0012"),
        (12345, "0000", "12345"),
        (12, "0000;-0000", "0012"),
        (12, "[Red]0000", "0012"),
        (12, '"P"000', "P012"),
        (12, "\\P000", "P012"),
        (1234567, "000-0000", "123-4567"),
        (12, "000-000", "000-012"),
        (123456789, "000-000", "123456-789"),
        (12, '"BR"0', "BR12"),
        (5, '0.0 "µM"', "5 µM"),
        (0.25, 'General" nM"', "0.25 nM"),
        (1000, '#,##0" nM"', "1000 nM"),
        (5, '0.0" mg/kg"', "5 mg/kg"),
        (0.02, "0.00%", "2%"),
        (12, "General", 12),
        (12, "0", 12),
        (0.123, "0.0", 0.123),
        (1000, "#,##0", 1000),
        (1000, "#,##0_);(#,##0)", 1000),
        (1e-6, "0.00E+00", 1e-6),
        (0.5, "# ?/?", 0.5),
        (12.5, "0000", 12.5),
        (-12, "0000", -12),
        (12, "@", 12),
        (12, "yyyy-mm-dd", 12),
        (True, "0000", True),
        ("0012", "0000", "0012"),
        (None, "0000", None),
    ],
)
def test_a_number_is_what_its_cell_shows(value: object, code: str, seen: object) -> None:
    assert shown(value, code) == seen
    assert type(shown(value, code)) is type(seen)


def test_barcodes_and_doses_are_read_as_the_workbook_shows_them(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["plate", "well", "compound", "dose"], [12, "A01", 7, 5], [12, "A02", 7, 10], [12, "A03", 8, 0]):
        sheet.append(row)
    for row in range(2, 5):
        sheet.cell(row, 1).number_format, sheet.cell(row, 3).number_format = "0000", '"CPD-"000'
        sheet.cell(row, 4).number_format = '0.0 "nM"'
    book.save(tmp_path / "map.xlsx")
    read = read_noted_platemap(tmp_path / "map.xlsx").table
    assert read["plate"].tolist() == ["0012"] * 3
    assert read["compound"].tolist() == ["CPD-007", "CPD-007", "CPD-008"]
    assert read["concentration"].tolist() == [5, 10, 0]
    assert read["concentration_unit"].tolist() == ["nM"] * 3
