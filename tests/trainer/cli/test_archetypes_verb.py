"""From a run's profiles to archetypes, and from these to a triplet network; and what is said where that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from cdcl_process import call

from cdcl.cli import main
from cdcl.config import write_config
from cdcl.events import Wrote, from_json
from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.projections import read_projection
from cdcl.readers import read_screen
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.runs import Run
    from cdcl.screen import Screen

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def brightness(embedded: Run, tiny_screen: Screen) -> Run:
    """The run's site profiles made to tell of the treatment, which six steps did not teach it."""
    profiles = read_profiles(embedded.profiles("site"))
    kind = profiles.table["treatment"].str[1:].astype(int).to_numpy()
    values = 5.0 * np.eye(4, 16)[kind] + np.random.default_rng(0).normal(0, 0.1, (24, 16))
    write_profiles(profiles.with_values(values), embedded.profiles("site"))
    return embedded


def test_a_run_gets_its_archetypes_and_a_polygon(brightness: Run, capsys: Capture) -> None:
    assert main(["archetypes", str(brightness.folder), "--num", "4", "--scale", "none"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == ["archetype", "share", "confident", "commonest", "treatments"]
    assert "4 archetypes explain" in shown
    assert "24 of 24 site profiles are confident" in shown
    weights = read_profiles(brightness.folder / "archetypes" / "site.parquet")
    assert weights.names == ("A1", "A2", "A3", "A4")
    assert (weights.table.groupby("archetype")["treatment"].nunique() == 1).all()
    projection = read_projection(brightness.projection("archetypes"))
    assert projection.method == "archetypes"
    assert len(projection.points) == 24
    assert main(["report", str(brightness.folder)]) == 0
    assert "ARCHETYPES of 24 site profiles" in brightness.report.read_text()


def test_the_plate_that_is_named_is_the_farthest_by_the_column_that_is_named(brightness: Run, capsys: Capture) -> None:
    assert main(["archetypes", str(brightness.folder), "--num", "4", "--scale", "none"]) == 0
    plates = pd.read_csv(brightness.folder / "archetypes" / "site-plates.csv").set_index("plate")
    said = capsys.readouterr().out
    named = {"drift": "profiles", "control_drift": "negative controls"}
    for column in (name for name in named if name in plates):
        worst = f"by its {named[column]} ({column}), plate {plates[column].idxmax()} differs most from the mean"
        assert f"{worst} over plates: {plates[column].max():.0%} of their weight lies elsewhere" in said
    assert "drift" in plates


def test_archetypes_of_a_file_go_where_they_are_told(brightness: Run, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "corners.parquet"
    assert main(["archetypes", str(brightness.profiles("site")), "-o", str(out), "--events"]) == 0
    events = [from_json(line) for line in capsys.readouterr().out.splitlines()]
    written = {event.path for event in events if isinstance(event, Wrote)}
    names = ("corners.parquet", "corners-profiles.parquet", "corners-plates.csv", "corners-controls.csv")
    assert written == {str(tmp_path / name) for name in (*names, "corners-numbers.csv")}
    assert len(pd.read_csv(tmp_path / "corners-plates.csv")) == 3
    assert not (brightness.folder / "archetypes").exists()


def test_labels_become_a_column_that_the_triplet_network_is_trained_on(
    brightness: Run, tiny_config: Callable[..., RunConfig], tmp_path: Path, capsys: Capture
) -> None:
    labelled = tmp_path / "deep" / "labelled.csv"
    arguments = ["--num", "4", "--scale", "none", "--confident", "0.8", "--labelled", str(labelled)]
    assert main(["archetypes", str(brightness.folder), *arguments]) == 0
    labels = read_screen(labelled).sites["archetype"]
    assert set(labels) == {"A1", "A2", "A3", "A4"}
    config = tiny_config(
        "triplet",
        method={"name": "triplet", "label": "archetype"},
        pairing={"sameby": ["archetype"], "diffby": ["plate"]},
        sampler="balanced",
        per_group=2,
    )
    write_config(config, tmp_path / "triplet.toml")
    capsys.readouterr()
    run = tmp_path / "triplet"
    assert main(["train", str(tmp_path / "triplet.toml"), "--screen", str(labelled), "--out", str(run)]) == 0
    assert "another plate 16" in capsys.readouterr().err
    assert main(["embed", str(run)]) == 0
    assert read_profiles(run / "profiles" / "site.parquet").values.shape == (24, 16)


def test_the_shipped_recipe_trains_on_the_column(brightness: Run, tmp_path: Path) -> None:
    labelled, run = tmp_path / "labelled.csv", tmp_path / "triplet"
    assert main(["archetypes", str(brightness.folder), "--num", "4", "--labelled", str(labelled)]) == 0
    small = "steps=2 batch_size=4 per_group=2 device=cpu model.patch=16 model.width=16 model.depth=1 model.heads=2"
    sets = [argument for setting in small.split() for argument in ("--set", setting)]
    crops = ["--set", "views.global_crops.size=32", "--set", "method.label=archetype"]
    assert main(["train", "archetypes", "--screen", str(labelled), "--out", str(run), *sets, *crops]) == 0


def complaint(capsys: Capture, *arguments: object) -> str:
    """Run a command that must fail by the user's fault, and give its last line."""
    assert main(list(map(str, arguments))) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("cdcl: error: ")
    return line


def test_more_archetypes_than_profiles(brightness: Run, capsys: Capture) -> None:
    line = complaint(capsys, "archetypes", brightness.folder, "--num", "25")
    assert "25 archetypes cannot be found among 16 profiles" in line
    assert not (brightness.folder / "archetypes").exists()


def test_profiles_with_nan(tmp_path: Path) -> None:
    path = tmp_path / "profiles.csv"
    pd.DataFrame({"Metadata_Plate": ["p"] * 4, "emb_0": [0.0, np.nan, 1.0, 2.0]}).to_csv(path, index=False)
    status, _, errors = call("archetypes", path, "-o", tmp_path / "out.parquet")
    assert status == 0
    assert "1 row without a single value is left out" in errors


@pytest.mark.parametrize(
    ("scale", "told"),
    [
        ("none", "all controls lie where their kind does, by site profiles, as they are"),
        ("all", "than their kind, by site profiles, z-scores over all profiles; first of all"),
    ],
)
def test_where_controls_lie_is_told_with_the_scale(brightness: Run, capsys: Capture, scale: str, told: str) -> None:
    path = brightness.profiles("site")
    profiles = read_profiles(path)
    control = np.where(profiles.table["treatment"] == profiles.table["treatment"].iloc[0], "negative", "")
    write_profiles(replace(profiles, table=profiles.table.assign(control=control)), path)
    assert main(["archetypes", str(brightness.folder), "--num", "4", "--scale", scale]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--num", "many"], "--num many: give a number of archetypes, or auto"),
        (["--num", "1"], "1 archetypes say nothing"),
        (["--confident", "7"], "--confident 7: a weight lies between 0 and 1"),
        (["--scale", "plate"], "unknown scale 'plate'. Did you mean 'plates'?"),
        (["-o", "weights.csv"], "weights of archetypes are written as .parquet"),
        (["--labelled", "screen.xlsx"], "written as .csv or .parquet"),
        (["--level", "well", "--screen", "nothing.csv", "--labelled", "l.csv"], "nothing.csv"),
    ],
)
def test_wrong_arguments_are_named(more: list[str], words: str, brightness: Run, capsys: Capture) -> None:
    assert main(["archetypes", str(brightness.folder), *more]) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]


def test_a_file_of_profiles_must_be_told_where_to_go(brightness: Run, capsys: Capture) -> None:
    assert main(["archetypes", str(brightness.profiles("site"))]) == 2
    assert "go with -o FILE.parquet" in capsys.readouterr().err


def test_a_screen_that_was_never_labelled_cannot_be_trained_on(table: Path, tmp_path: Path, capsys: Capture) -> None:
    line = complaint(capsys, "train", "archetypes", "--screen", table, "--out", tmp_path / "run")
    assert "unknown column 'archetype'" in line


@pytest.mark.parametrize("values", ["A1", ""])
def test_a_label_that_is_the_same_everywhere_cannot_be_trained_on(
    values: str, tiny_screen: Screen, tmp_path: Path, capsys: Capture
) -> None:
    table = tmp_path / "constant.csv"
    constant = with_archetype(tiny_screen, values)
    write_screen(constant, table)
    arguments = ["--screen", str(table), "--out", str(tmp_path / "run"), "--set", "steps=2"]
    assert main(["train", "archetypes", *arguments]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "fewer than two values in the training rows" in error or "needs" in error


def with_archetype(screen: Screen, values: str) -> Screen:

    return replace(screen, sites=screen.sites.assign(archetype=values))


def test_a_batch_of_one_is_refused(table: Path, tmp_path: Path, capsys: Capture) -> None:
    line = complaint(
        capsys, "train", "archetypes", "--screen", table, "--out", tmp_path / "run", "--set", "batch_size=1"
    )
    assert "batch_size = 1: Input should be greater than or equal to 2" in line


def test_profiles_of_another_screen_label_nothing(
    brightness: Run, tiny_screen: Screen, tmp_path: Path, capsys: Capture
) -> None:
    other = tmp_path / "other.csv"

    write_screen(replace(tiny_screen, sites=tiny_screen.sites.assign(plate="Q1")), other)
    arguments = ["--num", "3", "--screen", str(other), "--labelled", str(tmp_path / "labelled.csv")]
    assert main(["archetypes", str(brightness.folder), *arguments]) == 2
    assert "they are of another screen" in capsys.readouterr().err
    assert not (tmp_path / "labelled.csv").exists()


def test_a_small_assay_is_judged_well_by_well(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"plate": ["p"] * 12, "well": [f"A{n + 1:02d}" for n in range(12)]})
    values = (4 * np.eye(3)[np.arange(12) % 3] + rng.normal(0, 0.1, (12, 3))).astype(np.float32)
    write_profiles(Profiles(values, table, "well"), tmp_path / "wells.parquet")
    out = tmp_path / "out.parquet"
    assert main(["archetypes", str(tmp_path / "wells.parquet"), "--num", "3", "-o", str(out)]) == 0
    assert "no controls are known" in capsys.readouterr().out
