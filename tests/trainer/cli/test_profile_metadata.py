"""A plate map beside profiles of another tool: joined as to images, and what is not joined is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.profiles import read_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.runs import Run

Capture = pytest.CaptureFixture[str]

WELLS = tuple(f"{row}{column:02d}" for row in "ABCD" for column in range(1, 7))


def write_plate(path: Path, plate: str, wells: Sequence[str] = WELLS) -> None:
    values = np.random.default_rng(len(plate)).normal(size=(len(wells), 4)).round(4)
    table = pd.DataFrame(values, columns=[f"Cells_{name}" for name in "ABCD"])
    named = {"Metadata_Plate": plate} if plate else {}
    table.assign(Metadata_Well=wells, **named).to_csv(path, index=False)


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """Two plates, a table each."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for plate in ("P1", "P2"):
        write_plate(folder / f"{plate}.csv", plate)
    return folder


@pytest.fixture
def platemap(tmp_path: Path) -> Path:
    rows = [f"{well},{'DMSO' if well[0] == 'A' else 'drug-' + well[1:]},{well[0] == 'A'}" for well in WELLS]
    (tmp_path / "map.csv").write_text("\n".join(["well,treatment,control", *rows]))
    return tmp_path / "map.csv"


def labels(path: Path) -> dict[tuple[str, str], str]:
    table = read_profiles(path).table
    return dict(zip(zip(table["plate"], table["well"], strict=True), table["treatment"], strict=True))


def test_a_map_labels_every_well_of_a_folder_of_plates(profiles: Path, platemap: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    words = ["correct", str(profiles), "--metadata", str(platemap), "--method", "centre", "-o", str(out)]
    assert main(words) == 0
    wanted = {
        (plate, well): "DMSO" if well[0] == "A" else f"drug-{well[1:]}" for plate in ("P1", "P2") for well in WELLS
    }
    assert labels(out) == wanted
    assert read_profiles(out).provenance["correction"]["fitted_on"].startswith("12 negative controls")


def test_a_map_of_plates_gives_each_its_own(profiles: Path, tmp_path: Path) -> None:
    rows = [f"{plate},{well},{plate}-{well}" for plate in ("P2", "P1") for well in reversed(WELLS)]
    (tmp_path / "map.csv").write_text("\n".join(["plate,well,treatment", *rows]))
    words = ["--metadata", str(tmp_path / "map.csv"), "--to", "csv", "-o", str(tmp_path / "out.csv")]
    assert main(["export", str(profiles), *words]) == 0
    assert all(name == "-".join(place) for place, name in labels(tmp_path / "out.csv").items())
    assert len(labels(tmp_path / "out.csv")) == 2 * len(WELLS)


def test_what_finds_no_partner_is_named(profiles: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = [f"{well},x" for well in (*WELLS[1:], "H12")]
    (tmp_path / "map.csv").write_text("\n".join(["well,treatment", *rows]))
    words = ["--metadata", str(tmp_path / "map.csv"), "--to", "csv", "-o", str(tmp_path / "out.csv")]
    assert main(["export", str(profiles), *words]) == 0
    told = capsys.readouterr().err
    assert "warning: 2 profiled wells are not in map.csv: P1/A01, P2/A01." in told
    assert "warning: 1 well of map.csv has no profiles: H12." in told
    assert labels(tmp_path / "out.csv")["P1", "A01"] == ""


@pytest.mark.parametrize(
    "verb",
    [
        ["score", "--nulls", "0", "-o", "scores.csv"],
        ["score", "--correct", "z", "-o", "scores.parquet"],
        ["correct", "--method", "z", "-o", "z.csv"],
        ["project", "--method", "pca", "-o", "pca.csv"],
        ["hits", "-o", "hits.csv"],
        ["quality", "-o", "quality.csv"],
        ["relations", "-o", "relations"],
        ["export", "--to", "csv", "-o", "all.csv"],
        ["archetypes", "--num", "3", "-o", "archetypes.parquet"],
    ],
    ids=lambda verb: " ".join(verb[:2]),
)
def test_every_verb_of_profiles_takes_a_map_and_says_how_it_was_read(
    verb: list[str], profiles: Path, platemap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([verb[0], str(profiles), "--metadata", str(platemap), *verb[1:]]) == 0
    assert "map.csv: 48 of 48 profiles are in its wells" in capsys.readouterr().err


def test_profiles_that_name_no_plate_are_those_of_the_only_plate_of_a_map(tmp_path: Path, capsys: Capture) -> None:
    write_plate(tmp_path / "wells.csv", "")
    map_, out = tmp_path / "map.csv", tmp_path / "out.csv"
    words = ["export", str(tmp_path / "wells.csv"), "--metadata", str(map_), "--to", "csv", "-o", str(out)]
    map_.write_text("\n".join(["plate,well,treatment", *(f"P7,{well},x{well}" for well in WELLS)]))
    assert main(words) == 0
    assert labels(out) == {("P7", well): f"x{well}" for well in WELLS}
    map_.write_text("\n".join(["plate,well,treatment", *(f"{plate},A01,x" for plate in ("P7", "P8"))]))
    assert main(words) == 2
    assert "is of 2 plates (P7, P8), and the profiles name none" in capsys.readouterr().err


def test_a_map_of_other_plates_is_refused(profiles: Path, tmp_path: Path, capsys: Capture) -> None:
    map_ = tmp_path / "map.csv"
    words = ["export", str(profiles), "--metadata", str(map_), "--to", "csv", "-o", str(tmp_path / "out.csv")]
    map_.write_text("plate,well,treatment\nQ1,A01,x\n")
    assert main(words) == 2
    wanted = "matches no profile: it has plate Q1, well A01, the profiles have plate P1, well A01"
    assert wanted in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("verb", [["score"], ["quality"], ["export", "--to", "csv"], ["export", "--to", "timm"]])
def test_a_run_has_its_labels_from_its_screen(verb: list[str], embedded: Run, platemap: Path, capsys: Capture) -> None:
    assert main([verb[0], str(embedded.folder), "--metadata", str(platemap), *verb[1:]]) == 2
    assert "is labelled by the table of its screen" in capsys.readouterr().err
