"""`cdcl difference`: one page on two groups of a run's fields, and refusals in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cli import main
from cdcl.inference import embed, load_model
from cdcl.inference.occlusion import occlude
from cdcl.profiles import Profiles, write_profiles
from cdcl.runs import Run, start_run
from cdcl.screen import Screen
from cdcl.screen.tables import read_screen_table
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("difference")


@pytest.fixture(scope="module")
def run(place: Path) -> Run:
    """Sixteen wells of two fields; treated ones have brighter spots in Actin, DNA is the same everywhere."""
    from cdcl.config.recipes import check_config

    rng = np.random.default_rng(0)
    rows = []
    for number in range(32):
        treated = number // 2 % 2
        spots = rng.random((40, 40)) < 0.1
        image = rng.poisson(200, (2, 40, 40)) + np.stack([spots * 0, spots * 2000 * treated])
        tifffile.imwrite(place / f"{number}.tif", image.astype(np.uint16))
        well = {
            "batch": f"B{number // 16}",
            "plate": "P",
            "well": f"A{number // 2 % 8 + 1:02d}",
            "site": number % 2 + 1,
        }
        kind = {"treatment": "T" if treated else "DMSO", "control": "" if treated else "negative"}
        rows.append({**well, **kind, "path": f"{number}.tif"})
    screen = Screen(pd.DataFrame(rows).astype({"site": str}), ("DNA", "Actin"), place)
    small = {"global_crops": {"count": 2, "size": 16}, "local_crops": {"count": 0}}
    network = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2}
    method = {"name": "supervised"}
    table = {"steps": 4, "batch_size": 8, "precision": "fp32", "device": "cpu", "workers": 0, "probes": 0}
    config = check_config({**table, "views": small, "model": network, "method": method}, where="test")
    run = start_run(place / "run", config)
    finish(train(config, screen, run, cache_folder=place / "cache"))
    profiles = finish(embed(load_model(run.folder), screen, cache_folder=place / "cache"))
    write_profiles(profiles, run.profiles("site"))
    return run


def ask(run: Run, place: Path, *words: str) -> int:
    return main(["difference", str(run.folder), "--cache", str(place / "cache"), "--device", "cpu", *words])


def test_the_page_tells_what_differs(run: Run, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = place / "page.html"
    groups = ("--this", "treatment=T", "--that", "control=negative", "--name-that", "the controls")
    assert ask(run, place, *groups, "-o", str(out)) == 0
    told = capsys.readouterr().out
    assert "Told apart: In 100% of pairs the field of treatment=T" in told
    assert "Channels: of the difference goes where a channel is hidden: Actin" in told
    page = out.read_text()
    assert page.count("<img") == 4
    assert "How treatment=T differs from the controls" in page
    assert "http" not in page.partition("</head>")[2]


def test_hiding_a_channel_that_says_nothing_changes_little(run: Run, place: Path) -> None:
    from cdcl.readers import read_screen

    screen = read_screen(run.screen)
    found = finish(occlude(load_model(run.folder, "cpu"), screen, np.array([5, 2, 9]), cache_folder=place / "cache"))
    assert found.rows.tolist() == [2, 5, 9]
    whole = finish(embed(load_model(run.folder, "cpu"), screen, cache_folder=place / "cache")).values[[2, 5, 9]]
    np.testing.assert_allclose(found.whole, whole, atol=1e-4)
    assert found.hidden.shape == (2, *whole.shape)
    assert np.abs(found.hidden - whole).max() > 1e-3


@pytest.mark.slow
def test_rows_in_a_file_are_a_group_too(run: Run, place: Path) -> None:
    (place / "this.txt").write_text("2 3 6 7\n10\n")
    assert (
        ask(run, place, "--this", str(place / "this.txt"), "--that", "control=negative", "-o", str(place / "b.html"))
        == 0
    )


@pytest.mark.parametrize(
    ("this", "that", "said"),
    [
        ("treatment=T", "plate=P", "fields are in both groups"),
        ("treatment=nobody", "control=negative", "no field has treatment=nobody"),
        ("colour=red", "control=negative", "colour"),
        ("nothing.txt", "control=negative", "neither column=value nor a file"),
        ("treatment=T", "rows=0;1", "one of the two groups has 2 fields"),
    ],
)
def test_what_makes_no_two_groups_is_refused_in_a_line(
    run: Run, place: Path, capsys: pytest.CaptureFixture[str], this: str, that: str, said: str
) -> None:
    assert ask(run, place, "--this", this, "--that", that) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("error:") == 1


@pytest.fixture(scope="module")
def cell_run(run: Run, place: Path) -> Run:
    """The run with four cells a field; in treated fields every second one is another."""
    sites = read_screen_table(run.screen).sites
    table = sites.loc[sites.index.repeat(4)].reset_index(drop=True)
    number = np.arange(len(table))
    table = table.assign(y=np.float32(8 + 24 * (number % 4 // 2)), x=np.float32(8 + 24 * (number % 2)))
    values = np.random.default_rng(2).normal(size=(len(table), 4)).astype(np.float32)
    values[(table["treatment"] == "T").to_numpy() & (number % 2 == 1), 0] += 8
    write_profiles(Profiles(values, table, "cell"), run.profiles("cell"))
    return run


def test_single_cells_stand_on_the_axis_where_they_are_asked_for(
    cell_run: Run, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, number = place / "cells.html", np.arange(128)
    treated = number // 8 % 2 == 1
    groups = {"this": number[treated & (number % 2 == 1)], "that": number[treated & (number % 2 == 0)]}
    for name, cells in groups.items():
        (place / f"{name}.txt").write_text("\n".join(map(str, cells)))
    words = ["--this", str(place / "this.txt"), "--that", str(place / "that.txt"), "--name-this", "odd", "-o", str(out)]
    assert ask(cell_run, place, "--level", "cell", *words) == 0
    told = capsys.readouterr().out
    assert "In 100% of pairs the cell of odd stands further along the axis" in told
    assert "Cells: 32 of odd, 32 of" in told
    page = out.read_text()
    assert "Cells along the axis" in page
    assert "not told: nearly all fields hold cells of both groups" in page
    assert "What each channel contributes" not in page  # all fields hold cells of both groups


@pytest.mark.slow
def test_channels_are_told_where_fields_hold_cells_of_one_group(cell_run: Run, place: Path) -> None:
    out = place / "both.html"
    words = ["--level", "cell", "--this", "treatment=T", "--that", "control=negative", "-o", str(out)]
    assert ask(cell_run, place, *words) == 0
    page = out.read_text()
    assert "Cells along the axis" in page
    assert "What each channel contributes" in page


@pytest.mark.parametrize(
    ("this", "that", "said"),
    [
        ("1 2 3", "3 4 5", "1 cell is in both groups"),
        ("-7 2 3", "3 4 5", "names cell -7, but there are 128, counted from 0"),
        ("1 2 999", "3 4 5", "names cell 999, but there are 128, counted from 0"),
        ("1 2", "3 4 5", "one of the two groups has 2 cells"),
        ("a", "3 4 5", "neither column=value nor a file"),
    ],
)
def test_cells_that_cannot_be_compared_are_refused(
    cell_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], this: str, that: str, said: str
) -> None:
    (tmp_path / "this").write_text(this)
    (tmp_path / "that").write_text(that)
    words = ["--this", str(tmp_path / "this"), "--that", str(tmp_path / "that")]
    assert ask(cell_run, tmp_path, "--level", "cell", *words) == 2
    assert said in capsys.readouterr().err
