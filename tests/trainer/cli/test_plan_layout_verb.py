"""`cdcl plan-layout` says what it made of the map, and plans nothing that the map contradicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def planned(path: Path, text: str) -> int:
    path.write_text(text)
    return main(["plan-layout", str(path), "--plates", "2", "-o", str(path.with_name("planned.csv"))])


def test_what_the_map_holds_beside_doses_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert planned(tmp_path / "map.csv", "well,compound,dose\nA01,a,1\nA02,a,high\nA03,DMSO,\n") == 0
    said = capsys.readouterr()
    assert "column dose holds words that are no doses: 'high' (1, well A02)" in said.out + said.err


@pytest.mark.parametrize("plate", ["", "P1"])
def test_a_well_with_two_treatments_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], plate: str) -> None:
    rows = [("plate", "well", "treatment"), ("P1", "A01", "a"), ("P1", "A01", "b"), ("P1", "A02", "DMSO")]
    text = "\n".join(",".join(row if plate else row[1:]) for row in rows)
    assert planned(tmp_path / "map.csv", text) == 2
    assert "well A01; keep one row a well" in capsys.readouterr().err
    assert not (tmp_path / "planned.csv").exists()


def test_a_well_listed_twice_alike_counts_once(tmp_path: Path) -> None:
    assert planned(tmp_path / "map.csv", "well,treatment\nA01,a\nA01,a\nA02,DMSO\n") == 0
    assert len((tmp_path / "planned.csv").read_text().splitlines()) == 1 + 2 * 2


SITES = (
    "plate,well,site,treatment,path,num_cells\nP1,A01,1,a,1.tif,30\nP1,A01,2,{other},2.tif,41\nP1,A02,1,DMSO,3.tif,20\n"
)


@pytest.mark.parametrize(("other", "status"), [("a", 0), ("b", 2)])
def test_sites_of_a_well_are_one_well_unless_their_treatments_differ(tmp_path: Path, other: str, status: int) -> None:
    assert planned(tmp_path / "screen.csv", SITES.format(other=other)) == status
    if status == 0:
        assert len((tmp_path / "planned.csv").read_text().splitlines()) == 1 + 2 * 2


OF_IMAGES = [
    ("path", ["{}.tif", "{}.tif", "{}.tif"]),
    ("path_DNA,image_id", ["d{}.npy,i{}", "d{}.npy,i{}", "d{}.npy,i{}"]),
    ("Metadata_Field,FileName_DNA,PathName_DNA", ["1,{}.tif,/a", "2,{}.tif,/a", "1,{}.tif,/a"]),
    ("picture", ["{}.png#2", "{}.png#2", "{}.png#2"]),
    ("path,height,width,dtype", ["{}.tif,256,256,uint8"] * 3),
    ("path,focus", ["{}.tif,0.1", "{}.tif,0.4", "{}.tif,0.3"]),
]
"""Columns of two images of a well and one of another, as tables of screens have them."""


@pytest.mark.parametrize(("columns", "cells"), OF_IMAGES)
def test_a_planned_layout_holds_no_image_of_the_wells_that_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], columns: str, cells: list[str]
) -> None:
    wells = ["P1,A01,a,x", "P1,A01,a,x", "P1,A02,DMSO,y"]
    rows = [f"{well},{cell.replace('{}', str(row))}" for row, (well, cell) in enumerate(zip(wells, cells, strict=True))]
    assert planned(tmp_path / "fields.csv", "\n".join([f"plate,well,treatment,library,{columns}", *rows])) == 0
    header, *layout = (tmp_path / "planned.csv").read_text().splitlines()
    assert header == "plate,well,treatment,library,control"
    # What belongs to a well moves with it.
    assert sorted(row.split(",", 2)[2] for row in layout) == ["DMSO,y,negative", "DMSO,y,negative", "a,x,", "a,x,"]
    named = columns.replace("Metadata_Field", "site")
    said = f"3 rows became 2 wells; what is of images, not of wells, is left out: {named.replace(',', ', ')}"
    printed = capsys.readouterr()
    assert said in printed.out + printed.err


def test_a_map_without_images_loses_nothing_and_says_nothing_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert planned(tmp_path / "map.csv", "well,treatment,vendor\nA01,a,v.1\nA02,DMSO,w\n") == 0
    printed = capsys.readouterr()
    assert "left out" not in printed.out + printed.err
    assert (tmp_path / "planned.csv").read_text().startswith("plate,well,treatment,vendor,control\n")


def test_who_asks_for_a_layout_is_not_told_to_ask_for_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wells = ["A01,a", "A02,b", "A03,DMSO"]
    rows = ["plate,well,treatment", *(f"{plate},{well}" for plate in ("P1", "P2") for well in wells)]
    (tmp_path / "map.csv").write_text("\n".join(rows))
    assert main(["plan-layout", str(tmp_path / "map.csv"), "-o", str(tmp_path / "planned.csv")]) == 0
    printed = capsys.readouterr()
    said = printed.out + printed.err
    assert "2 of 2 treatments keep one well position on all plates" in said
    assert "cdcl plan-layout" not in said


def test_plates_of_one_name_in_two_batches_are_two_plates(tmp_path: Path) -> None:
    rows = ["batch,plate,well,treatment", "B1,P1,A01,a", "B1,P1,A02,DMSO", "B2,P1,A01,b", "B2,P1,A02,DMSO"]
    (tmp_path / "map.csv").write_text("\n".join(rows))
    assert main(["plan-layout", str(tmp_path / "map.csv"), "-o", str(tmp_path / "planned.csv")]) == 0
    header, *planned_rows = (tmp_path / "planned.csv").read_text().splitlines()
    names = header.split(",")
    found = {tuple(row.split(",")[names.index(name)] for name in ("plate", "treatment")) for row in planned_rows}
    assert found == {("B1/P1", "a"), ("B1/P1", "DMSO"), ("B2/P1", "b"), ("B2/P1", "DMSO")}
