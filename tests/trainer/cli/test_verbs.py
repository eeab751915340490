"""From a run to profiles, scores, maps, attention and a page."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cli import main
from cdcl.cli.attend import field_title, find_row
from cdcl.errors import ScreenError
from cdcl.events import Wrote, from_json
from cdcl.profiles import read_profiles
from cdcl.projections import read_projection

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen

Capture = pytest.CaptureFixture[str]


def test_scan_says_what_is_there_and_writes_the_table(table: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["scan", str(table), "-o", str(tmp_path / "deep" / "copy.parquet")]) == 0
    shown = capsys.readouterr()
    assert "24 images of 24 wells on 3 plates" in shown.out
    assert main(["scan", str(tmp_path / "deep" / "copy.parquet")]) == 0
    assert capsys.readouterr().out == shown.out


def test_scan_refuses_to_write_what_it_cannot_read(table: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["scan", str(table), "-o", str(tmp_path / "copy.xlsx")]) == 2
    assert "written as .csv or .parquet" in capsys.readouterr().err


def test_run_gets_the_profiles_of_all_levels(embedded: Run) -> None:
    shapes = {level: read_profiles(embedded.profiles(level)).values.shape for level in ("site", "well", "treatment")}
    assert shapes == {"site": (24, 16), "well": (24, 16), "treatment": (4, 16)}


def test_profiles_of_another_screen_go_where_they_are_told(trained: Run, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "wells.csv"
    assert main(["embed", str(trained.folder), "--screen", str(table), "--level", "well", "-o", str(out)]) == 0
    assert len(pd.read_csv(out)) == 24
    assert not trained.profiles("site").exists()


def test_checkpoint_alone_is_a_model(trained: Run, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "sites.parquet"
    model = trained.checkpoints / "3"
    assert main(["embed", str(model), "--screen", str(table), "-o", str(out)]) == 0
    assert read_profiles(out).values.shape == (24, 16)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--screen", "other.csv"], "say where these profiles go with -o FILE"),
        (["--level", "well"], "--level goes with -o FILE"),
        (["-o", "profiles.txt"], "profiles are written as .parquet, .csv, .csv.gz"),
    ],
)
def test_embed_asks_before_it_works(more: list[str], words: str, trained: Run, capsys: Capture) -> None:
    assert main(["embed", str(trained.folder), *more]) == 2
    assert words in capsys.readouterr().err


def test_scores_are_printed_and_kept(embedded: Run, capsys: Capture) -> None:
    assert main(["score", str(embedded.folder)]) == 0
    shown = capsys.readouterr().out
    assert "95 % interval" in shown
    assert "chance" in shown
    assert "Treatment recognised in a held-out batch" in shown
    reasons = " ".join(shown.split()).split("not scored: ")[1:]  # each reason once, with all that it keeps from a score
    assert any("Mechanism matched, other compound (NSC)" in reason for reason in reasons)
    kept = pd.read_csv(embedded.scores)
    assert {"name", "level", "value", "low", "high", "chance", "count"} <= set(kept.columns)
    assert kept["value"].notna().sum() >= 8


def test_scores_of_a_file_are_printed_and_kept_only_where_asked(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    profiles = embedded.profiles("site")
    assert main(["score", str(profiles)]) == 0
    assert not embedded.scores.exists()
    assert main(["score", str(profiles), "-o", str(tmp_path / "mine.csv")]) == 0
    assert (tmp_path / "mine.csv").exists()


def test_events_of_a_verb_name_what_was_written(embedded: Run, capsys: Capture) -> None:
    capsys.readouterr()
    assert main(["score", str(embedded.folder), "--events"]) == 0
    events = [from_json(line) for line in capsys.readouterr().out.splitlines()]
    assert Wrote("scores", str(embedded.scores)) in events


@pytest.mark.parametrize("suffix", ["parquet", "csv", "png"])
def test_projection_is_written_in_the_form_asked_for(suffix: str, embedded: Run, tmp_path: Path) -> None:
    out = tmp_path / f"map.{suffix}"
    assert main(["project", str(embedded.folder), "--method", "pca", "--level", "well", "-o", str(out)]) == 0
    if suffix == "parquet":
        assert read_projection(out).points.shape == (24, 2)
    elif suffix == "csv":
        assert {"x", "y", "treatment"} <= set(pd.read_csv(out).columns)
    else:
        assert out.read_bytes().startswith(b"\x89PNG")


def test_projection_of_a_run_stays_in_the_run(embedded: Run) -> None:
    assert main(["project", str(embedded.folder), "--method", "pca"]) == 0
    assert read_projection(embedded.projection("pca")).method == "pca"


def test_attention_is_heads_by_patches_with_its_place(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "attention.tif"
    assert main(["attend", str(trained.folder), "--where", "plate=B2P1, well=a3", "-o", str(out)]) == 0
    with tifffile.TiffFile(out) as file:
        maps = file.asarray()
        card = json.loads(file.pages[0].description)  # type: ignore[union-attr]
    assert maps.dtype == np.float32
    assert maps.ndim == 3
    assert len(maps) == 2
    assert (maps.sum(axis=(1, 2)) <= 1 + 1e-5).all()
    np.testing.assert_allclose(np.array(card["scale"]) * maps.shape[1:], (40, 40))
    np.testing.assert_allclose(card["translate"], (np.array(card["scale"]) - 1) / 2)


def test_a_contact_sheet_shows_all_fields_that_answer(trained: Run, tmp_path: Path, capsys: Capture) -> None:
    for number, (where, count) in enumerate({"plate=B2P1": 8, "rows=3;5": 2}.items()):
        out = tmp_path / f"{number}.png"
        assert main(["attend", str(trained.folder), "--where", where, "-o", str(out)]) == 0
        assert f"contact sheet of {count} fields" in capsys.readouterr().err
        assert out.read_bytes().startswith(b"\x89PNG")
    assert main(["attend", str(trained.folder), "--where", "rows=99", "-o", str(tmp_path / "no.png")]) == 2
    assert "numbers below 24" in capsys.readouterr().err


def test_fields_of_one_well_are_told_apart_on_a_contact_sheet() -> None:
    """Panels of several sites of a well had one title."""
    rows = [{"plate": "P", "well": "A01", "site": number, "image": f"{number}.tif"} for number in (1, 2)]
    sites = SimpleNamespace(sites=pd.DataFrame(rows).assign(treatment="taxol"))
    assert [field_title(cast("Screen", sites), row) for row in (0, 1)] == [
        "taxol\nP A01 site 1",
        "taxol\nP A01 site 2",
    ]


def test_attention_without_a_file_goes_into_the_report(trained: Run) -> None:
    assert main(["attend", str(trained.folder), "--where", "plate=B2P1,well=A03"]) == 0
    (kept,) = (trained.folder / "attention").glob("*.npz")
    with np.load(kept, allow_pickle=False) as arrays:
        assert arrays["image"].shape == (2, 40, 40)
        assert arrays["maps"].shape[0] == 2
    assert main(["report", str(trained.folder)]) == 0
    assert "Attention" in trained.report.read_text()


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("plate=B2P1", "holds for 8 fields, not one; name more columns, such as well"),
        ("well=A01", "holds for 3 fields, not one; name more columns, such as batch and plate"),
        ("plate=B7P1,well=A01", "no field has plate=B7P1; some that are there: B1P1, B2P1, B3P1"),
        ("batch=B1,plate=B2P1,well=A01", "holds for 0 fields, not one"),
        ("plate", "write it as column=value"),
        ("colour=red", "unknown column 'colour'"),
    ],
)
def test_field_that_is_not_one_is_not_guessed(where: str, words: str, tiny_screen: Screen) -> None:
    with pytest.raises(ScreenError) as caught:
        find_row(tiny_screen, where)
    assert words in str(caught.value)


def test_field_is_found_by_its_columns(tiny_screen: Screen) -> None:
    for row in (0, 9, 23):
        site = tiny_screen.sites.iloc[row]
        assert find_row(tiny_screen, f"plate={site['plate']},well={site['well']},site=1") == row


@pytest.mark.parametrize("name", ["P1, repeat", "a,b", "x = 1, y", "12,5"])
def test_a_plate_whose_name_holds_a_comma_or_an_equals_sign_is_found(tiny_screen: Screen, name: str) -> None:
    plates = tiny_screen.sites["plate"].unique()
    sites = tiny_screen.sites.assign(plate=tiny_screen.sites["plate"].replace(plates[1], name))
    screen = replace(tiny_screen, sites=sites)
    row = int(np.flatnonzero(sites["plate"] == name)[0])
    site = sites.iloc[row]
    assert find_row(screen, f"plate={name},well={site['well']},site={site['site']}") == row
    assert find_row(screen, f"well={site['well']}, plate={name}, site={site['site']}") == row


def test_report_is_one_page(embedded: Run) -> None:
    assert main(["report", str(embedded.folder)]) == 0
    page = embedded.report.read_text()
    assert page.startswith("<!doctype html>")
    assert "another batch" in page


def test_runs_are_listed_in_a_table(trained: Run, capsys: Capture) -> None:
    capsys.readouterr()
    assert main(["runs", str(trained.folder.parent)]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["run", "recipe", "status", "steps", "loss", "size"]
    assert line.split()[0] == "run"
    assert line.split()[2:4] == ["done", "6/6"]


def test_runs_are_listed_for_programs(trained: Run, capsys: Capture) -> None:
    capsys.readouterr()
    assert main(["runs", str(trained.folder.parent), "--events"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["status"], record["step"], record["steps"]) == ("done", 6, 6)


def test_no_runs_is_an_answer(tmp_path: Path, capsys: Capture) -> None:
    assert main(["runs", str(tmp_path)]) == 0
    assert "no runs in" in capsys.readouterr().out
