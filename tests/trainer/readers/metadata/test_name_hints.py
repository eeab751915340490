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


def refused_wells(folder: Path, wells: list[str], images: list[str]) -> str:
    path = folder / "map.csv"
    path.write_text("\n".join(["well,treatment", *(f"{well},x" for well in wells)]))
    sites = pd.DataFrame({"plate": "B1P1", "well": images, "path": [f"{well}.tif" for well in images]})
    with pytest.raises(ScreenError) as raised:
        join_platemap(sites, path)
    return str(raised.value)


@pytest.mark.parametrize("cell", ["B1P1_B03", "B1P1B03", "B1P1 b3", "B1P1-B03", "B1P1:B03", "B1P1/B3"])
def test_plate_and_well_in_one_cell(tmp_path: Path, cell: str) -> None:
    said = refused_wells(tmp_path, [cell, cell[:-1] + "4"], ["B03", "B04"])
    assert f"Of the map, '{cell}' seems to be plate and well in one, and so may others: write B03 into" in said
    assert said.count("the plate") == said.count("wells are") == 0  # told once
    assert "and B1P1 into a column plate" in said


@pytest.mark.parametrize(
    ("wells", "said"),
    [
        (["P9_A01", "P9_A02"], "2 wells seem to hold the plate, too, such as 'P9_A01'"),
        (["AO1", "AO2"], "2 wells seem to have a letter for a digit, such as 'AO01': is that A01?"),
        (["1", "2"], "2 wells are numbers, such as '1'"),
    ],
)
def test_what_is_odd_of_wells_is_told_where_none_is_imaged(tmp_path: Path, wells: list[str], said: str) -> None:
    assert said in refused_wells(tmp_path, wells, ["A01", "A02"])


def test_a_row_whose_well_has_a_letter_for_a_digit_is_left_out_with_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("plate,well,treatment\nP1,B01,x\nP1,B02,y\nP1,B0l,z\nP1,BO2,u\n")
    sites = pd.DataFrame({"plate": "P1", "well": ["B01", "B02"], "path": ["1.tif", "2.tif"]})
    joined = join_platemap(sites, path)
    assert joined.sites["treatment"].tolist() == ["x", "y"]
    assert "map.csv: 1 row names no well and is left out: 'B0l' (is that B01?)." in joined.notes
    assert any(
        "1 well seems to have a letter for a digit, such as 'BO2': is that B02?" in note for note in joined.notes
    )
