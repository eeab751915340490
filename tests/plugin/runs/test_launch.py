"""What is written beside a run before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import make_config, make_screen

from cdcl.config import load_config
from cdcl.errors import ConfigError, ScreenError
from cdcl.readers import read_screen
from cdcl.runs import Run
from napari_cdcl.runs.launch import branch_plan, live_runs, resume_plan, write_plan
from napari_cdcl.sample_data import simulated_fields

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_is_a_config_and_a_table_that_anyone_can_use(tmp_path: Path) -> None:
    screen = make_screen(tmp_path / "screen")
    plan = write_plan(make_config(), screen, tmp_path / "runs" / "first")
    recipe, _, table, _, folder = plan.arguments
    assert load_config(recipe) == make_config()
    read = read_screen(tmp_path / "runs" / "first.screen.parquet")
    assert table == str(tmp_path / "runs" / "first.screen.parquet")
    assert read.image_files() == screen.image_files()
    assert folder == str(tmp_path / "runs" / "first")
    assert not plan.folder.exists()


def test_what_the_screen_cannot_give_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    screen = make_screen(tmp_path / "screen")
    with pytest.raises(ConfigError, match="B9"):
        write_plan(make_config(split={"by": "batch", "test": ["B9"]}), screen, tmp_path / "run")
    with pytest.raises(ConfigError, match="unknown column 'donor'"):
        write_plan(make_config(pairing={"sameby": ["donor"]}), screen, tmp_path / "run")
    with pytest.raises(ScreenError, match="in memory only"):
        write_plan(make_config(), simulated_fields()[0][1]["metadata"]["screen"], tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["screen"]


def test_going_on_and_branching_name_what_changes(tmp_path: Path) -> None:
    run = Run(tmp_path / "first")
    assert resume_plan(run, "steps=20").arguments == ("--out", str(run.folder), "--resume", "--set", "steps=20")
    words = branch_plan(run, 10, tmp_path / "second", "optimizer.lr=1e-4").in_words()
    assert f"--from-checkpoint {run.checkpoints / '10'}" in words
    assert words.startswith(f"cdcl train --out {tmp_path / 'second'}")


def test_a_folder_that_is_not_there_has_no_live_runs(tmp_path: Path) -> None:
    assert live_runs(tmp_path / "nowhere") == []
