"""Screens that cannot carry a recipe, and profiles that cannot be used: one clear line, exit 2, nothing left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

SMALL = [
    *("steps=2", "batch_size=8", "device=cpu", "precision=fp32", "workers=0"),
    *("model.patch=4", "model.width=16", "model.depth=1", "model.heads=2"),
    *("views.global_crops.size=16", "views.local_crops.size=8"),
]
Capture = pytest.CaptureFixture[str]


def train(recipe: str, screen: Screen, folder: Path, *settings: str) -> int:
    """Train a tiny network by a shipped recipe."""
    write_screen(screen, folder / "screen.csv")
    sets = [word for setting in (*SMALL, *settings) for word in ("--set", setting)]
    return main(["train", recipe, "--screen", str(folder / "screen.csv"), "--out", str(folder / "run"), *sets])


def complaint(capsys: Capture) -> str:
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("cdcl: error: ")
    return line


def with_columns(screen: Screen, **columns: object) -> Screen:
    return replace(screen, sites=screen.sites.assign(**columns))


@pytest.mark.parametrize("recipe", ["demo-cdcl", "demo-supervised"])
def test_a_treatment_with_one_image_is_trained_on_all_the_same(
    recipe: str, tiny_screen: Screen, tmp_path: Path
) -> None:
    treatments = ["once", *tiny_screen.sites["treatment"][1:]]
    split = "split.test=[]"
    assert train(recipe, with_columns(tiny_screen, treatment=treatments), tmp_path, split) == 0
    assert Run(tmp_path / "run").status() == "done"


def test_treatments_that_all_have_one_image_are_warned_of(tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    alone = with_columns(tiny_screen, treatment=[f"U{n}" for n in range(len(tiny_screen))])
    assert train("demo-cdcl", alone, tmp_path, "split.test=[]") == 0
    assert "warning: No image has a partner of the same treatment in another batch" in capsys.readouterr().err


def test_a_screen_without_any_treatment_is_warned_of(tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    assert train("demo-cdcl", with_columns(tiny_screen, treatment=""), tmp_path, "split.test=[]") == 0
    assert "warning: 24 of 24 images have no treatment" in capsys.readouterr().err


@pytest.mark.parametrize("recipe", ["demo-cdcl", "demo-supervised", "ws-dino", "archetypes"])
def test_a_missing_label_column_leaves_no_folder(
    recipe: str, tiny_screen: Screen, tmp_path: Path, capsys: Capture
) -> None:
    bare = replace(tiny_screen, sites=tiny_screen.sites.drop(columns=["treatment", "compound"]))
    assert train(recipe, bare, tmp_path) == 2
    line = complaint(capsys)
    assert f"unknown column '{'archetype' if recipe == 'archetypes' else 'treatment'}'" in line
    assert ("cdcl archetypes RUN --labelled" in line) is (recipe == "archetypes")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", ["same", ""])
def test_a_constant_label_cannot_be_learned(value: str, tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    assert train("demo-supervised", with_columns(tiny_screen, treatment=value), tmp_path, "split.test=[]") == 2
    assert "method.label = 'treatment' has fewer than two values in the training rows" in complaint(capsys)


def test_archetypes_without_labels_name_their_command(tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    assert train("archetypes", with_columns(tiny_screen, archetype=""), tmp_path, "per_group=2") == 2
    assert "`cdcl archetypes RUN --labelled" in complaint(capsys)


@pytest.mark.parametrize("recipe", ["demo-cdcl", "demo-supervised", "byol-small", "archetypes"])
def test_a_batch_of_one_image_is_refused(recipe: str, tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    assert train(recipe, tiny_screen, tmp_path, "batch_size=1") == 2
    assert "batch_size = 1: Input should be greater than or equal to 2" in complaint(capsys)
    assert not (tmp_path / "run").exists()


def test_one_image_is_too_few(tiny_screen: Screen, tmp_path: Path, capsys: Capture) -> None:
    assert train("demo-cdcl", tiny_screen.take([0]), tmp_path, "split.test=[]") == 2
    assert "1 images are left to train on" in complaint(capsys)


@pytest.mark.parametrize(
    "verb", [["project", "--method", "pca"], ["archetypes", "--num", "2"], ["correct", "--method", "z"]]
)
def test_a_feature_with_nan_is_left_out_by_every_verb_and_named(
    verb: list[str], tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "profiles.csv"
    table = {"Metadata_Plate": ["p"] * 6, "Metadata_Well": [f"A0{n}" for n in range(1, 7)]}
    table["Metadata_Treatment"] = list("aabbcc")
    features = {"emb_0": [0.0, np.nan, 1.0, 2.0, 3.0, 5.0], "emb_1": [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]}
    more = {"emb_2": [2.0, 7.0, 1.0, 8.0, 2.8, 1.8], "emb_3": [1.0, 4.1, 4.2, 1.0, 3.5, 6.2]}
    pd.DataFrame({**table, **features, **more}).to_csv(path, index=False)
    assert main([*verb, str(path), "-o", str(tmp_path / "out.parquet")]) == 0
    assert "emb_0" in capsys.readouterr().err
