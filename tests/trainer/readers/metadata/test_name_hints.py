"""Where a map and the images do not meet, the reason is told with the way to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap import join_platemap

if TYPE_CHECKING:
    from pathlib import Path


def refusal(folder: Path, plate: str, images: str) -> str:
    path = folder / "map.csv"
    path.write_text(f'plate,well,treatment\n"{plate}",A01,x\n')
    with pytest.raises(ScreenError) as raised:
        join_platemap(pd.DataFrame({"plate": [images], "well": ["A01"], "path": ["a.tif"]}), path)
    return str(raised.value)


@pytest.mark.parametrize("plate", ["1.2345E+04", "12,345", "12345."])
def test_one_number_in_two_forms(tmp_path: Path, plate: str) -> None:
    said = refusal(tmp_path, plate, "12345")
    assert f"plate '12345' and '{plate}' are one number: write the map's as the images have it." in said


def test_a_number_whose_digits_are_lost(tmp_path: Path) -> None:
    said = refusal(tmp_path, "9.0072E+15", "9007199254740993")
    assert "'9.0072E+15' is a long number that a spreadsheet shortened: write it anew, in cells of text." in said


def test_names_that_have_nothing_in_common_get_no_guess(tmp_path: Path) -> None:
    assert refusal(tmp_path, "P9", "P1").endswith("the images have plate P1, well A01.")


def test_sheets_of_a_workbook_are_plates(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for sheet, compound in ((book.active, "x"), (book.create_sheet("Map (2)"), "y")):
        for row in (["well", "compound"], ["A01", compound]):
            sheet.append(row)
    book.save(tmp_path / "map.xlsx")
    sites = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "path": ["a.tif"]})
    with pytest.raises(ScreenError, match="Sheets of the same wells are plates, by their titles: title them"):
        join_platemap(sites, tmp_path / "map.xlsx")
