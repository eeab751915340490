"""Bad input to a real process: one clear line, status 2, and nothing lost."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from cdcl_process import call

from cdcl.runs import Run, start_run

if TYPE_CHECKING:
    from pathlib import Path


def complaint(*arguments: object) -> str:
    """Run a command that must fail by the user's fault, and give its one line."""
    status, output, errors = call(*arguments)
    assert status == 2, errors
    assert output == ""
    assert errors.count("\n") == 1
    assert errors.startswith("cdcl: error: ")
    return errors


def test_missing_screen(config_file: Path, tmp_path: Path) -> None:
    line = complaint("train", config_file, "--screen", tmp_path / "nothing.csv", "--out", tmp_path / "run")
    assert "nothing.csv" in line
    assert not (tmp_path / "run").exists()


def test_unknown_recipe(table: Path, tmp_path: Path) -> None:
    line = complaint("train", "demo-cdlc", "--screen", table, "--out", tmp_path / "run")
    assert "unknown recipe 'demo-cdlc'. Did you mean 'demo-cdcl'?" in line


def test_unknown_setting(config_file: Path, table: Path, tmp_path: Path) -> None:
    line = complaint("train", config_file, "--screen", table, "--out", tmp_path / "run", "--set", "optimiser.lr=1")
    assert "unknown setting 'optimiser" in line
    assert "Did you mean 'optimizer" in line
    assert not (tmp_path / "run").exists()


def test_existing_run(config_file: Path, table: Path, trained: Run) -> None:
    before = {path: path.read_bytes() for path in trained.folder.rglob("*") if path.is_file()}
    line = complaint("train", config_file, "--screen", table, "--out", trained.folder)
    assert "--resume" in line
    assert {path: path.read_bytes() for path in trained.folder.rglob("*") if path.is_file()} == before


def test_unknown_column_in_where(trained: Run) -> None:
    line = complaint("attend", trained.folder, "--where", "plate=B1P1,wel=A01")
    assert "unknown column 'wel'. Did you mean 'well'?" in line


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "model.ckpt", "model.pkl"])
def test_pickle_as_model_is_refused_unread(name: str, table: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    line = complaint("embed", tmp_path / name, "--screen", table, "-o", tmp_path / "profiles.parquet")
    assert "is a pickle" in line
    assert "weights.safetensors" in line
    assert not (tmp_path / "exploded").exists()


def test_nothing_at_the_place_of_a_model(table: Path, tmp_path: Path) -> None:
    line = complaint("embed", tmp_path / "nothing", "--screen", table, "-o", tmp_path / "profiles.parquet")
    assert "is no run with a checkpoint and no folder with weights.safetensors" in line


def test_run_without_profiles(tmp_path: Path) -> None:
    from cdcl.config import load_config

    run = start_run(tmp_path / "run", load_config("demo-dino"))
    assert f"run `cdcl embed {run.folder}` first" in complaint("score", run.folder)


def test_neither_run_nor_profiles(tmp_path: Path) -> None:
    assert "is neither a run nor a file of profiles: it does not exist" in complaint("score", tmp_path / "nothing")
    assert "it is a folder without a config.toml" in complaint("project", tmp_path)


def test_unknown_projection(embedded: Run) -> None:
    assert "unknown projection 'tsne'" in complaint("project", embedded.folder, "--method", "tsne")


def test_report_of_no_run(tmp_path: Path) -> None:
    assert "is no run: no config.toml in it" in complaint("report", tmp_path)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.path), "w")
