"""`cdcl scan`: what it says, proposes and refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    for plate in ("Week1_1", "Week1_2", "Week2_1"):
        folder = tmp_path / "export" / plate
        folder.mkdir(parents=True)
        for well in ("A01", "A02"):
            for wave in (1, 2):
                tifffile.imwrite(folder / f"{plate}_{well}_s1_w{wave}.tif", np.full((4, 4), wave, np.uint16))
    return tmp_path / "export"


def test_scan_says_layout_extent_and_proposes_batches(export: Path, capsys: Capture) -> None:
    assert main(["scan", str(export)]) == 0
    shown = capsys.readouterr().out
    assert "layout      imagexpress" in shown
    assert "found       3 plates x 2 wells x 1 fields x 2 channels" in shown
    assert "plate names begin with Week1 (2), Week2 (1)" in shown
    assert "batches     not known" in shown


def test_a_proposal_is_accepted_in_words(export: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "screen.csv"
    options = ["--batch-from", "prefix", "--channels", "w2=DNA,w1", "-o", str(out)]
    assert main(["scan", str(export), *options]) == 0
    assert "batches     2 (Week1, Week2)" in capsys.readouterr().out
    table = pd.read_csv(out, dtype=str)
    assert table["channel_names"].unique().tolist() == ["DNA;w1"]
    assert table["batch"].tolist() == ["Week1"] * 4 + ["Week2"] * 2
    assert main(["scan", str(out)]) == 0


def test_a_pattern_reads_what_no_layout_knows(export: Path, capsys: Capture) -> None:
    assert main(["scan", str(export), "--pattern", "{plate}/*_{well}_s{site}_w{channel}.tif"]) == 0
    assert "layout      pattern" in capsys.readouterr().out


def test_an_unknown_folder_is_shown_as_a_table_and_one_line(tmp_path: Path, capsys: Capture) -> None:
    for name in ("x/B02-DNA-7.png", "x/B03-DNA-7.png", "x/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert main(["scan", str(tmp_path)]) == 2
    shown = capsys.readouterr().err.splitlines()
    assert any(line.startswith(".png") and line.endswith("x/B02-DNA-7.png") for line in shown)
    assert "--pattern '{well}-DNA-7.png' would match 100% of the images" in shown[-1]


def test_an_empty_export_names_the_nearest_layout(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "P1.HTD").touch()
    assert main(["scan", str(tmp_path)]) == 2
    assert "Nearest layout imagexpress expects images <plate>_<well>_s<site>" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layout", "harmoni"], "Did you mean 'harmony'"),
        (["--layout", "harmony"], "is not laid out as harmony: expected a file Index.idx.xml"),
        (["--batch-from", "moon"], "unknown way to find batches 'moon'"),
        (["--channels", "w9"], "unknown channel 'w9'"),
        (["--channels", "w1=a,w2=a"], "a channel is named twice"),
        (["--z", "3"], "there is no z 3"),
        (["--pattern", "{site}.tif"], "names no well"),
        (["--metadata", "nowhere.csv"], "no table at nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(export: Path, capsys: Capture, options: list[str], message: str) -> None:
    assert main(["scan", str(export), *options]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error


def test_a_table_names_its_own_planes(export: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["scan", str(export), "-o", str(tmp_path / "screen.csv")]) == 0
    assert main(["scan", str(tmp_path / "screen.csv"), "--z", "max"]) == 2
    assert "names its own planes" in capsys.readouterr().err
