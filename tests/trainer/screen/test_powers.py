"""Powers of ten and units as publications write them, with the right doses."""

from __future__ import annotations

import pandas as pd
import pytest

from cdcl.screen.columns import interpret
from cdcl.screen.headings import read_unit
from cdcl.screen.powers import plain_power


@pytest.mark.parametrize(
    ("cell", "molar"),
    [
        ("10^-6 M", 1e-6),
        ("10\u207b\u2076 M", 1e-6),
        ("10**-6 M", 1e-6),
        ("3 x 10^-6 M", 3e-6),
        ("3\u00d710\u207b\u2076 mol/L", 3e-6),
        ("3\u00b710-6 M", 3e-6),
        ("2.5*10^(-6) mol L-1", 2.5e-6),
        ("10 x 10^-6 M", 1e-5),
    ],
)
def test_a_power_of_ten_is_a_dose(cell: str, molar: float) -> None:
    found = interpret(pd.DataFrame({"compound": "x", "dose": [cell, "1e-3 M"]})).table
    assert found["concentration"].tolist() == pytest.approx([molar, 1e-3])
    assert found["concentration_unit"].tolist() == ["M", "M"]


@pytest.mark.parametrize("text", ["10-20", "1:1000", "1/3", "110^2", "10", "x10", "<0.1", "10 \u00b5M"])
def test_ranges_dilutions_and_numbers_are_no_powers(text: str) -> None:
    assert plain_power(text) == text


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("ug per ml", "\u00b5g/mL"),
        ("mcg/mL", "\u00b5g/mL"),
        ("\u00b5g\u00b7mL\u207b\u00b9", "\u00b5g/mL"),
        ("mol L-1", "M"),
        ("nmol", ""),
        ("per ml", ""),
    ],
)
def test_units_as_publications_write_them(text: str, unit: str) -> None:
    assert read_unit(text) == unit
