"""What a workbook shows and its cells do not hold: merged ranges, hidden rows, columns and sheets."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.metadata.platemap_files import read_noted_platemap

if TYPE_CHECKING:
    from pathlib import Path

openpyxl = pytest.importorskip("openpyxl")


def saved(path: Path, rows: list[list[Any]], *merged: str) -> Any:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return book


def test_a_merged_range_gives_its_value_to_each_of_its_wells(tmp_path: Path) -> None:
    path = tmp_path / "map.xlsx"
    saved(path, [["well", "compound"], ["A01", "x"], ["A02", None], ["A03", None], ["A04", "y"]], "B2:B4")
    found = read_noted_platemap(path)
    assert found.table.set_index("well")["compound"].to_dict() == {"A01": "x", "A02": "x", "A03": "x", "A04": "y"}
    assert any("1 merged range: each of its cells has the range's value" in note for note in found.notes)


def test_merged_wells_of_a_grid_too_and_a_merged_title_stays_a_title(tmp_path: Path) -> None:
    path = tmp_path / "grid.xlsx"
    columns = list(range(1, 13))
    rows: list[list[Any]] = [["compound"], ["", *columns]]
    for letter in "ABCDEFGH":
        row = {"A": ["x", None, None, *["z"] * 9], "B": [None, None, None, *["z"] * 9]}.get(letter, ["z"] * 12)
        rows.append([letter, *row])
    saved(path, rows, "A1:M1", "B3:D4")  # wells A01 to B03 are one cell
    wells = read_noted_platemap(path).table.set_index("well")["compound"]
    assert wells[["A01", "A03", "B01", "B03"]].tolist() == ["x"] * 4
    assert (wells == "x").sum() == 6
    assert len(wells) == 96


def test_what_is_struck_through_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "struck.xlsx"
    book = saved(path, [["well", "compound"], ["A01", "x"], ["A02", "y"], ["A03", "z"]])
    for place in ("A3", "B3"):
        book.active[place].font = openpyxl.styles.Font(strike=True)
    book.active["C9"].font = openpyxl.styles.Font(strike=True)  # empty
    book.save(path)
    found = read_noted_platemap(path)
    assert found.table["compound"].tolist() == ["x", "y", "z"]
    assert any("2 cells are struck through and are read all the same, first A3" in note for note in found.notes)


def test_a_refusal_tells_of_a_hidden_sheet(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsx"
    book = saved(path, [["plate", "well", "compound"], ["P1", "A01", "x"]])
    old = book.create_sheet("old")
    for row in (["plate", "well", "compound"], ["P1", "A01", "y"]):
        old.append(row)
    old.sheet_state = "hidden"
    book.save(path)
    sites = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "path": ["1.tif"]})
    with pytest.raises(ScreenError, match=r"are both plate P1, well A01.*hidden.xlsx, old: the sheet is hidden"):
        join_platemap(sites, path)


def test_what_is_hidden_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsx"
    book = saved(path, [["well", "compound", "lot"], ["A01", "x", 1], ["A02", "y", 2], ["A03", "z", 3]])
    book.active.row_dimensions[3].hidden = True
    book.active.row_dimensions[4].hidden = True
    book.active.column_dimensions["C"].hidden = True
    book.save(path)
    found = read_noted_platemap(path)
    assert found.table["compound"].tolist() == ["x", "y", "z"]
    assert any("2 hidden rows and 1 hidden column are read, too" in note for note in found.notes)


def test_a_hidden_sheet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "sheets.xlsx"
    book = saved(path, [["well", "compound"], ["A01", "x"]])
    book.active.title = "P1"
    second = book.create_sheet("P2")
    for row in [["well", "compound"], ["A01", "y"]]:
        second.append(row)
    second.sheet_state = "hidden"
    book.save(path)
    found = read_noted_platemap(path)
    assert sorted(found.table["compound"]) == ["x", "y"]
    assert any("P2: the sheet is hidden, and is read all the same" in note for note in found.notes)


def test_nothing_is_said_of_a_plain_workbook(tmp_path: Path) -> None:
    saved(tmp_path / "plain.xlsx", [["well", "compound"], ["A01", "x"]])
    notes = " ".join(read_noted_platemap(tmp_path / "plain.xlsx").notes)
    assert "merged" not in notes
    assert "hidden" not in notes


def test_a_cell_at_the_end_of_the_sheet_is_refused_in_a_line(tmp_path: Path) -> None:
    book = saved(tmp_path / "far.xlsx", [["well", "compound"], ["A01", "x"]])
    book.active["XFD1048576"] = "?"
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(ScreenError, match="reach to row 1,048,576 and column 16,384"):
        read_noted_platemap(tmp_path / "far.xlsx")


def test_a_share_that_is_shown_as_percent_is_percent(tmp_path: Path) -> None:
    path = tmp_path / "percent.xlsx"
    book = saved(path, [["well", "compound", "dose"], ["A01", "x", 0.02], ["A02", "x", 0.07], ["A03", "x", "1 %"]])
    for row, form in ((2, "0%"), (3, "0.00%")):
        book.active.cell(row, 3).number_format = form
    book.save(path)
    table = read_noted_platemap(path).table
    assert table["concentration"].tolist() == [2, 7, 1]
    assert table["concentration_unit"].tolist() == ["%"] * 3


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("drawn", [True, False])
def test_a_sheet_that_is_a_chart_holds_no_cells_and_stops_nothing(place: int, drawn: bool, tmp_path: Path) -> None:
    path = tmp_path / "chart.xlsx"
    book = saved(path, [["well", "compound"], ["A01", "x"], ["A02", "y"]])
    sheet = book.create_chartsheet("Chart1", place)
    if drawn:
        sheet.add_chart(openpyxl.chart.BarChart())
    book.save(path)
    if not drawn:  # as other programs write it: no relations beside the sheet
        _without_relations(path)
    assert read_noted_platemap(path).table["compound"].tolist() == ["x", "y"]


def _without_relations(path: Path) -> None:
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist() if not name.startswith("xl/chartsheets/_rels")}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
