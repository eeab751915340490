"""A map joined to images tells each thing once, and what it says together with the screen is derived from both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.readers.sources import Request, Scan, scan_source

if TYPE_CHECKING:
    from pathlib import Path

WELLS = ("A01", "A02", "A03", "A04", "B01", "B02")


def scanned(folder: Path, wells: str, **columns: list[str]) -> Scan:
    """Scan two fields a well, with more columns of the screen, joined to a map."""
    sites = pd.DataFrame({"plate": "P1", "well": [well for well in WELLS for _ in range(2)], "channel_names": "DNA"})
    sites = sites.assign(site=["1", "2"] * len(WELLS), path=[f"{row}.tif" for row in range(len(sites))])
    sites.assign(**{name: [text for text in texts for _ in range(2)] for name, texts in columns.items()}).to_csv(
        folder / "images.csv", index=False
    )
    (folder / "map.csv").write_text(wells)
    return scan_source(folder / "images.csv", Request(metadata=folder / "map.csv"))


def by_well(scan: Scan, column: str) -> list[object]:
    return scan.screen.sites.drop_duplicates("well")[column].tolist()


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "3", "-1", "9", "0", "1"], "-1"),
        (["1", "3", "~5", "9", "0", "1"], "~5"),
        (["1 nM", "3", "4", "9", "0", "1 uM"], "without a unit"),
        (["1", "3", "", "9", "0", "1"], "doses elsewhere"),
        (["-2", "-1", "1", "2", "0", "3"], "below zero"),
        (["1 IU", "-1", "x", "y", "0", "z"], "kept as text"),
    ],
)
def test_each_note_on_a_map_comes_once(tmp_path: Path, cells: list[str], said: str) -> None:
    rows = [
        f"{well},{name},{dose}" for well, name, dose in zip(WELLS, ["taxol"] * 4 + ["DMSO", "x"], cells, strict=True)
    ]
    scan = scanned(tmp_path, "\n".join(["well,compound,dose", *rows]))
    assert len([note for note in scan.notes if said in note]) == 1


def test_a_dose_below_zero_names_no_treatment(tmp_path: Path) -> None:
    scan = scanned(
        tmp_path, "well,compound,dose\nA01,taxol,1\nA02,taxol,3\nA03,taxol,-1\nA04,taxol,9\nB01,DMSO,-1\nB02,x,1\n"
    )
    assert by_well(scan, "treatment") == ["taxol@1", "taxol@3", "taxol", "taxol@9", "DMSO", "x@1"]
    assert "column dose: 2 doses are -1 (wells A03, B01), which is no dose: they are left empty." in scan.notes


def test_compounds_of_a_map_and_doses_of_the_screen_make_treatments(tmp_path: Path) -> None:
    compounds = "\n".join(["well,compound", *(f"{well},{name}" for well, name in zip(WELLS, "aaabbb", strict=True))])
    scan = scanned(tmp_path, compounds, dose_nM=["1", "10", "0", "~5", "10", ""])
    assert by_well(scan, "treatment") == ["a@1", "a@10", "a", "b@~5", "b@10", "b"]


def test_doses_of_a_map_and_compounds_of_the_screen_make_treatments(tmp_path: Path) -> None:
    doses = "\n".join(["well,dose (uM)", *(f"{well},{dose}" for well, dose in zip(WELLS, "110222", strict=True))])
    scan = scanned(tmp_path, doses, compound=["a", "b", "DMSO", "a", "b", "c"])
    assert by_well(scan, "treatment") == ["a@1", "b@1", "DMSO", "a@2", "b@2", "c@2"]
    assert set(by_well(scan, "concentration_unit")) == {"µM"}


def test_treatments_that_a_table_names_itself_stay(tmp_path: Path) -> None:
    doses = "\n".join(["well,dose", *(f"{well},5" for well in WELLS)])
    scan = scanned(tmp_path, doses, compound=list("aabbcc"), treatment=list("uvwxyz"))
    assert by_well(scan, "treatment") == list("uvwxyz")


def test_doses_of_a_map_do_not_take_the_unit_of_the_screens(tmp_path: Path) -> None:
    wells = "\n".join(["well,compound,dose", *(f"{well},a,{dose}" for well, dose in zip(WELLS, "123456", strict=True))])
    scan = scanned(tmp_path, wells, compound=["a"] * 6, dose_nM=["1000"] * 6)
    assert by_well(scan, "concentration") == [1, 2, 3, 4, 5, 6]
    assert "concentration_unit" not in scan.screen.sites


@pytest.mark.parametrize("grids", [True, False])
def test_a_sheet_of_compounds_and_a_sheet_of_doses_make_treatments(tmp_path: Path, *, grids: bool) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Dose (nM)")
    first.title = "compound"
    names, doses = ["taxol", "taxol", "taxol", "DMSO"], [5, 10, "~7", 0]
    if grids:
        for sheet, cells in ((first, names), (second, doses)):
            sheet.append(["", 1, 2, 3, 4])
            sheet.append(["A", *cells])
    else:
        for sheet, heading, cells in ((first, "compound", names), (second, "Dose (nM)", doses)):
            sheet.append(["well", heading])
            for well, cell in zip(WELLS, cells, strict=False):
                sheet.append([well, cell])
    book.save(tmp_path / "map.xlsx")
    read = read_noted_platemap(tmp_path / "map.xlsx")
    assert read.table["treatment"].tolist() == ["taxol@5", "taxol@10", "taxol@~7", "DMSO"]
    assert len([note for note in read.notes if "'~7' (1, well A03)" in note]) == 1
