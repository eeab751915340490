"""Nothing of a plate map is unread without being named: remarks, titles, plates, sheets, formulas, stray rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers.metadata.grids import read_noted_grids
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.readers.metadata.sheets import read_sheets
from cdcl.screen.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen.columns import Interpretation

Rows = list[list[str]]


def grid(value: str = "x", corner: str = "", columns: int = 12) -> Rows:
    head = [corner, *map(str, range(1, columns + 1))]
    return [head, *([row, *(f"{value}{row}{c}" for c in range(1, columns + 1))] for row in "ABCDEFGH")]


def read(folder: Path, rows: Rows, separator: str = ",") -> Interpretation:
    (folder / "map.csv").write_text("\n".join(separator.join(row) for row in rows) + "\n")
    return read_noted_platemap(folder / "map.csv")


remarks = st.text(st.characters(categories=["L"]), min_size=3, max_size=20).map(lambda text: f"remark {text}")


@settings(max_examples=60, deadline=None)
@given(remarks, st.sampled_from(["above", "below", "right", "row of its own right"]), st.booleans())
def test_a_remark_beside_a_grid_is_named(remark: str, place: str, titled: bool) -> None:
    cells = grid(corner="compound") if titled else grid()
    wide = [[*row, "", ""] for row in cells]
    if place == "above":
        wide = [["", "", "", remark, ""], ["again"], [], *wide] if titled else [[remark], ["a", "b"], *wide]
    elif place == "below":
        wide = [*wide, [], ["", remark]]
    else:
        wide[3 if place == "right" else 0][14] = remark
    found, notes = read_noted_grids(wide)
    assert found is not None
    assert len(found) == 96
    assert any(remark in note for note in notes)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.integers(1, 12)), min_size=4, max_size=12, unique=True),
    st.integers(0, 12), remarks,
)  # fmt: skip
def test_a_row_without_a_well_is_named_and_the_others_are_read(
    wells: list[tuple[str, int]], place: int, remark: str
) -> None:
    rows = [[f"{row}{column}", f"drug {row}{column}", "5"] for row, column in wells]
    rows.insert(min(place, len(rows)), [remark, "", ""])
    read = read_sheets({"": [["Well", "Compound", "Dose (nM)"], *rows]}, _PATH)
    assert sorted(read.table["well"]) == sorted(f"{row}{column:02d}" for row, column in wells)
    assert set(read.table["treatment"]) == {f"drug {row}{column}@5" for row, column in wells}
    assert any(remark in note for note in read.notes)


class _Named:
    name = "map.csv"


_PATH: Path = _Named()  # type: ignore[assignment]


@pytest.mark.parametrize("title", [["Plate 1"], ["Plate: 1"], ["Plate", "1"], ["Assay plate barcode: 1"], ["plate_1"]])
def test_grids_with_plates_above_are_of_those_plates(tmp_path: Path, title: list[str]) -> None:
    second = [cell.replace("1", "2") for cell in title]
    read_map = read(tmp_path, [title, *grid("x"), [], second, *grid("y")])
    table = read_map.table
    assert len(table) == 192
    assert table["plate"].nunique() == 2
    assert table["treatment"].tolist()[::96] == ["xA1", "yA1"]
    sites = pd.DataFrame({"plate": ["1", "2"], "well": ["A01", "B02"]})
    if ":" in title[0] or len(title) == 2:
        assert set(table["plate"]) == {"1", "2"}
    if title[0] != "plate_1":
        assert join_platemap(sites, tmp_path / "map.csv").sites["treatment"].tolist() == ["xA1", "yB2"]


def test_the_plates_of_grids_may_stand_in_their_corners_and_side_by_side(tmp_path: Path) -> None:
    corners = read(tmp_path, [*grid("x", "Plate1"), [], *grid("y", "Plate2")]).table
    assert corners.groupby("plate")["treatment"].first().to_dict() == {"Plate1": "xA1", "Plate2": "yA1"}
    pairs = zip([["Compound", *[""] * 12], *grid("x")], [["Dose [µM]", *[""] * 12], *grid("")], strict=True)
    beside = read(tmp_path, [[*one, "", *other] for one, other in pairs])
    assert beside.table["compound"].iloc[0] == "xA1"
    assert "concentration" in beside.table


def test_a_plate_title_above_grids_of_variables_holds_for_all_of_them(tmp_path: Path) -> None:
    rows = [["Plate: 0012"], ["compound"], *grid("x"), [], ["lot"], *grid("l")]
    read_map = read(tmp_path, rows)
    assert set(read_map.table["plate"]) == {"0012"}
    assert read_map.table.iloc[0][["compound", "lot"]].tolist() == ["xA1", "lA1"]
    assert any("grids named lot become columns" in note for note in read_map.notes)


def test_two_grids_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match="two columns named 'compound'"):
        read(tmp_path, [*grid("x", "compound"), [], *grid("y", "compound")])


@pytest.mark.parametrize("large", [2**24, 1], ids=["slow reader", "fast reader"])
def test_headings_that_come_again_are_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    monkeypatch.setattr("cdcl.screen.delimited.LARGE_BYTES", large)
    text = "plate,well,compound\n1,A01,DMSO\n" + "plate,well,compound\n2,A01,taxol\n"
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv").to_numpy().tolist() == [["1", "A01", "DMSO"], ["2", "A01", "taxol"]]


def test_a_row_of_units_below_the_headings_is_read_as_such(tmp_path: Path) -> None:
    table = read(
        tmp_path, [["Well", "Compound", "Dose"], ["", "", "(nM)"], ["A01", "a", "5"], ["A02", "a", "50"]]
    ).table
    assert table["concentration"].tolist() == [5, 50]
    assert table["concentration_unit"].tolist() == ["nM", "nM"]


def test_rows_whose_merged_plate_is_empty_are_named(tmp_path: Path) -> None:
    notes = read(tmp_path, [["plate", "well", "drug"], ["P1", "A01", "x"], ["", "A02", "y"], ["", "A03", "z"]]).notes
    assert any("2 rows name no plate, such as that of well A02" in note for note in notes)


def test_a_well_that_contradicts_its_row_and_column_is_named(tmp_path: Path) -> None:
    head = ["well", "row", "column", "drug"]
    notes = read(tmp_path, [head, ["A01", "1", "1", "x"], ["A02", "1", "3", "y"]]).notes
    assert any("first A02 and A03" in note for note in notes)
    from_zero = read(tmp_path, [head, ["A01", "0", "0", "x"], ["A02", "0", "1", "y"]]).notes
    assert not [note for note in from_zero if "another's row" in note]


def test_sheets_of_grids_and_tables_are_joined_and_formulas_without_values_are_named(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in grid("x", "compound"):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    annotated = book.create_sheet("annotation")
    for cells in (["well", "moa", "lot"], ["A1", "kinase", "=1+1"], ["B2", "tubulin", "7"]):
        annotated.append(cells)
    book.save(tmp_path / "map.xlsx")
    read_map = read_noted_platemap(tmp_path / "map.xlsx")
    table = read_map.table.set_index("well")
    assert table.loc["B02", ["compound", "mechanism"]].tolist() == ["xB2", "tubulin"]
    assert any("1 cell holds a formula without a value, such as =1+1" in note for note in read_map.notes)


@pytest.mark.parametrize("text", [",", ",,\n;;\n", "\t", " , ,\n", '"",""\n'])
def test_a_table_of_nothing_but_separators_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.csv").write_text(text)
    for reader in (read_table, read_noted_platemap):
        with pytest.raises(ScreenError, match=r"is empty|has no column well"):
            reader(tmp_path / "map.csv")
