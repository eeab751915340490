from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers import read_platemap
from cdcl.readers.metadata.grids import read_grids
from cdcl.readers.metadata.platemap_files import read_noted_platemap

if TYPE_CHECKING:
    from pathlib import Path


def grid(rows: int, columns: int, name: str = "", value: str = "{row}{column}") -> list[list[str]]:
    letters = [chr(65 + number) for number in range(rows)]
    head = [name, *(str(number) for number in range(1, columns + 1))]
    return [head, *([row, *(value.format(row=row, column=c) for c in range(1, columns + 1))] for row in letters)]


def as_csv(cells: list[list[str]], separator: str = ",") -> str:
    return "\n".join(separator.join(row) for row in cells) + "\n"


@pytest.mark.parametrize(("rows", "columns"), [(8, 12), (16, 24)])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_grid_is_a_platemap(tmp_path: Path, rows: int, columns: int, separator: str) -> None:
    (tmp_path / "map.csv").write_text(as_csv(grid(rows, columns, "compound"), separator))
    wells = read_platemap(tmp_path / "map.csv")
    assert len(wells) == rows * columns
    assert wells.set_index("well").loc["B03", "compound"] == "B3"


def test_grids_of_several_variables_are_joined(tmp_path: Path) -> None:
    cells = [["compound"], *grid(8, 12, value="DMSO"), [], ["concentration"], *grid(8, 12, value="0123")]
    (tmp_path / "map.csv").write_text(as_csv(cells))
    wells = read_platemap(tmp_path / "map.csv")
    assert wells["compound"].unique().tolist() == ["DMSO"]
    assert wells["concentration"].unique().tolist() == [123.0]


def test_numbers_of_a_spreadsheet_are_columns_too() -> None:
    cells = grid(8, 12)
    cells[0] = ["", *(f"{number}.0" for number in range(1, 13))]
    found = read_grids(cells)
    assert found is not None
    assert found.columns.tolist() == ["well", "treatment"]


def test_a_grid_on_its_side_is_turned_and_said(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("compound,A,B\n1,a1,b1\n2,a2,b2\n3,a3,b3\n")
    found = read_noted_platemap(path)
    assert found.table.set_index("well")["compound"].to_dict() == {
        "A01": "a1", "A02": "a2", "A03": "a3", "B01": "b1", "B02": "b2", "B03": "b3",
    }  # fmt: skip
    assert any("letters run across and numbers down: the grids are turned" in note for note in found.notes)


def test_strings_stay_strings(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("plate,well,compound,lot\n0123,a1,007,1e5\n")
    assert read_platemap(tmp_path / "map.csv")[["plate", "well", "compound", "lot"]].to_numpy().tolist() == [
        ["0123", "A01", "007", "1e5"]
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfwell,compound\r\nA1,5 \xc2\xb5M\r\n",
        b"well;compound\rA1;5 \xb5M\r",
        "well\tcompound\nA1\t5 µM\n".encode("utf-16"),
        "row,col,compound\nA,1,5 µM\n".encode(),
        "Row,Column,compound\n1,1,5 µM\n".encode(),
    ],
    ids=["BOM and CRLF", "cp1252, semicolons and CR", "utf-16 and tabs", "letters and numbers", "numbers"],
)
def test_any_spelling_of_a_table_is_read(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "map.csv").write_bytes(text)
    assert read_platemap(tmp_path / "map.csv")[["well", "compound"]].to_numpy().tolist() == [["A01", "5 µM"]]


def test_workbooks_hold_grids_and_tables(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in grid(8, 12, "compound", "DMSO"):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(tmp_path / "grid.xlsx")
    assert read_platemap(tmp_path / "grid.xlsx")["control"].unique().tolist() == ["negative"]
    tidy = openpyxl.Workbook()
    for cells in (["well", "compound", "concentration"], ["A1", "taxol", 0.3], ["B02", "0123", 1.0]):
        tidy.active.append(cells)
    tidy.save(tmp_path / "tidy.xlsx")
    assert read_platemap(tmp_path / "tidy.xlsx")["treatment"].tolist() == ["taxol@0.3", "0123@1"]


def test_a_damaged_workbook_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(ScreenError, match="cannot be read as a workbook"):
        read_platemap(tmp_path / "a.xlsx")
    with pytest.raises(ScreenError, match="it is not there"):
        read_platemap(tmp_path / "b.xlsx")


def test_the_gallerys_pair_names_plates(tmp_path: Path) -> None:
    (tmp_path / "platemap").mkdir()
    (tmp_path / "barcode_platemap.csv").write_text("Assay_Plate_Barcode,Plate_Map_Name\n0123,m1\n0124,m1\n0125,m2\n")
    for name in ("m1", "m2"):
        text = f"plate_map_name\twell_position\tbroad_sample\n{name}\ta01\t{name}-a\n"
        (tmp_path / "platemap" / f"{name}.txt").write_text(text)
    for source in (tmp_path, tmp_path / "barcode_platemap.csv"):
        assert read_platemap(source)[["plate", "well", "compound"]].to_numpy().tolist() == [
            ["0123", "A01", "m1-a"],
            ["0124", "A01", "m1-a"],
            ["0125", "A01", "m2-a"],
        ]
    (tmp_path / "platemap" / "m2.txt").unlink()
    with pytest.raises(ScreenError, match="names the map m2, but there is no"):
        read_platemap(tmp_path)


@given(st.lists(st.lists(st.sampled_from(["", "A", "B", "1", "2", "x", "1.0"]), max_size=5), max_size=6))
def test_any_sheet_is_a_grid_or_none(cells: list[list[str]]) -> None:
    found = read_grids(cells)
    assert found is None or (len(found) > 0 and isinstance(found, pd.DataFrame))
