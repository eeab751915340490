"""Bad input to a real process: one clear line, status 2, and nothing lost."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from cdcl_process import call

from cdcl.cli import main
from cdcl.config import load_config
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


def test_pickle_as_model_is_refused_unread(table: Path, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    line = complaint("embed", tmp_path / "model.pt", "--screen", table, "-o", tmp_path / "profiles.parquet")
    assert "is a pickle" in line
    assert "weights.safetensors" in line
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("name", ["model.pth", "model.ckpt", "model.pkl", "model.bin"])
@pytest.mark.parametrize("verb", ["embed", "attend"])
def test_every_kind_of_pickle_is_refused_by_every_verb(
    name: str, verb: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    out = ["-o", str(tmp_path / ("profiles.csv" if verb == "embed" else "attention.tif"))]
    where = ["--where", "plate=B1P1,well=A01"] if verb == "attend" else []
    assert main([verb, str(tmp_path / name), "--screen", str(table), *where, *out]) == 2
    assert "is a pickle" in capsys.readouterr().err
    assert not (tmp_path / "exploded").exists()


def test_nothing_at_the_place_of_a_model(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--screen", str(table), "-o", str(tmp_path / "profiles.parquet")]
    assert main(["embed", str(tmp_path / "nothing"), *out]) == 2
    assert "is no run with a checkpoint and no folder with weights.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (["score"], "has no site profiles yet; run `cdcl embed"),
        (["project"], "has no site profiles yet; run `cdcl embed"),
        (["embed"], "has no screen.parquet yet; say which screen with --screen SOURCE"),
    ],
)
def test_run_that_has_not_come_so_far(
    verb: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start_run(tmp_path / "run", load_config("demo-dino"))
    assert main([*verb, str(run.folder)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "place", "words"),
    [
        ("score", "nothing", "is neither a run nor profiles: it does not exist"),
        ("project", "", "it is a folder without a config.toml"),
        ("report", "", "is no run: no config.toml in it"),
        ("report", "nothing", "is no run: no such folder"),
        ("runs", "nothing", "there is no folder"),
    ],
)
def test_what_is_not_there_is_named(
    verb: str, place: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, str(tmp_path / place)]) == 2
    assert words in capsys.readouterr().err


def test_unknown_projection(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["project", str(embedded.folder), "--method", "tsne"]) == 2
    assert "unknown projection 'tsne'" in capsys.readouterr().err


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.path), "w")
