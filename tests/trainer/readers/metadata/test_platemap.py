from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers import describe, read_screen
from cdcl.readers.metadata.platemap import join_platemap

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [
        {"plate": plate, "well": well, "site": site, "path": "a.tif", "channel_names": "DNA"}
        for plate in ("01", "02")
        for well in ("A01", "A02")
        for site in ("1", "2")
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "screen.csv", index=False)
    return tmp_path / "screen.csv"


def platemap(folder: Path, rows: dict[str, list[str]], name: str = "map.csv") -> Path:
    pd.DataFrame(rows).to_csv(folder / name, index=False, sep="," if name.endswith("csv") else "\t")
    return folder / name


@pytest.mark.parametrize("name", ["map.csv", "map.tsv", "map.txt"])
def test_a_platemap_is_joined_on_wells_however_they_are_spelled(source: Path, tmp_path: Path, name: str) -> None:
    rows = {"well_position": ["a1", "A-2"], "broad_sample": ["DMSO", "taxol"], "mmoles_per_liter": ["", "0.3"]}
    sites = read_screen(source, metadata=platemap(tmp_path, rows, name)).sites
    assert sites["treatment"].tolist() == ["DMSO", "DMSO", "taxol@0.3", "taxol@0.3"] * 2
    assert sites["control"].tolist() == ["negative", "negative", "", ""] * 2
    assert sites["site"].tolist() == ["1", "2"] * 4


def test_where_the_platemap_names_plates_they_must_agree(source: Path, tmp_path: Path) -> None:
    rows = {"Metadata_Plate": ["01", "02"], "well": ["A01", "A01"], "treatment": ["x", "y"]}
    sites = read_screen(source, metadata=platemap(tmp_path, rows)).sites
    assert sites["treatment"].tolist() == ["x", "x", "", "", "y", "y", "", ""]


def test_wells_that_the_platemap_lacks_show_in_the_report(source: Path, tmp_path: Path) -> None:
    screen = read_screen(source, metadata=platemap(tmp_path, {"well": ["A01"], "treatment": ["x"]}))
    assert any("2 wells have no treatment, such as 01/A02, 02/A02." in note for note in describe(screen).notes)


def test_what_the_platemap_says_stands_before_the_table(source: Path, tmp_path: Path) -> None:
    table = pd.read_csv(source, dtype=str).assign(treatment="old", note="kept")
    table.to_csv(source, index=False)
    sites = read_screen(source, metadata=platemap(tmp_path, {"well": ["A01", "A02"], "treatment": ["x", "y"]})).sites
    assert set(sites["treatment"]) == {"x", "y"}
    assert set(sites["note"]) == {"kept"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"well": ["A01", "a1"], "treatment": ["x", "y"]}, "rows 2 and 3 are both well A01"),
        ({"well": ["H12"], "treatment": ["x"]}, "matches no image: it has well H12, the images have well A01"),
        ({"plate": ["1"], "well": ["A01"]}, "matches no image: it has plate 1, well A01, the images have plate 01"),
        ({"row": ["1"], "treatment": ["x"]}, "has no column well; it has row, treatment"),
    ],
    ids=str,
)
def test_a_platemap_that_does_not_fit_is_refused(
    source: Path, tmp_path: Path, rows: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(ScreenError, match=message):
        read_screen(source, metadata=platemap(tmp_path, rows))


def test_a_map_without_a_well_or_without_a_treatment_says_so(tmp_path: Path) -> None:
    sites = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "site": ["1"]})
    path = tmp_path / "map.csv"
    path.write_text("well,compound\n")
    with pytest.raises(ScreenError, match="headings and no wells"):
        join_platemap(sites, path)
    path.write_text("well,Substance\nA01,x\n")
    assert any("columns (Substance) call one treatment" in note for note in join_platemap(sites, path).notes)


def test_rows_without_a_plate_are_noted_and_do_not_contradict_each_other(tmp_path: Path) -> None:
    sites = pd.DataFrame({"plate": ["P1", "P2"], "well": ["A01", "A01"], "site": ["1", "1"]})
    path = tmp_path / "map.csv"
    path.write_text("plate,well,compound\nP1,A01,a\n,A02,b\nP2,A01,c\n,A02,d\n")
    found = join_platemap(sites, path)
    assert found.sites["compound"].tolist() == ["a", "c"]
    assert any("2 rows name no plate" in note for note in found.notes)
