"""`cdcl preview`, `cdcl simulate` and `cdcl train --from-checkpoint` as one types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PIL import Image

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cdcl.runs import Run


def test_preview_writes_thumbnails_and_numbers(table: Path, config_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    assert main(["preview", str(config_file), "--screen", str(table), "-o", str(out), "--no-steps"]) == 0
    found = json.loads((out / "preview.json").read_text())
    assert found["estimate"]["images"] == 16
    assert found["estimate"]["seconds_per_step"] is None
    assert Image.open(out / found["views"][0]["file"]).size == (16, 16)
    assert not (out / ".scratch").exists()


def test_preview_of_a_wrong_setting_is_one_line(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["preview", "cdcl-small", "--screen", str(table), "-o", str(tmp_path / "p")]
    assert main([*arguments, "--set", "pairing.sameby=['donor']"]) == 2
    assert "unknown column 'donor'" in capsys.readouterr().err
    assert not (tmp_path / "p" / ".scratch").exists()


def test_a_branch_takes_config_and_screen_of_its_source(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "branch"
    checkpoint = trained.checkpoints / "3"
    arguments = ["train", "--out", str(out), "--from-checkpoint", str(checkpoint), "--set", "optimizer.lr=0.01"]
    assert main(arguments) == 0
    assert sorted(int(path.name) for path in (out / "checkpoints").iterdir()) == [3, 6]
    assert "lr = 0.01" in (out / "config.toml").read_text()


def test_a_branch_is_no_resumption(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(trained.checkpoints / "3")
    assert main(["train", "--out", str(tmp_path / "b"), "--from-checkpoint", place, "--resume"]) == 2
    assert "leave --from-checkpoint out" in capsys.readouterr().err


def test_simulate_writes_a_screen_that_scan_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "-o", str(tmp_path / "s"), "--batches", "0"]) == 2
    assert "at least 1" in capsys.readouterr().err
    assert main(["simulate", "-o", str(tmp_path / "s"), "--batches", "1"]) == 0
    assert main(["scan", str(tmp_path / "s")]) == 0
