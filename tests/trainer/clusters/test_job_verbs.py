"""`cdcl train --sbatch` and `cdcl embed --sbatch`: what the command writes, and what it refuses."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_array_embeds_a_share_of_the_plates_in_each_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script, run = tmp_path / "array.sh", tmp_path / "a run"
    asked = ["--level", "cell", "-o", str(tmp_path / "cells"), "--sbatch", str(script), "--tasks", "16"]
    assert main(["embed", str(run), *asked, "--module", "cuda"]) == 0
    assert capsys.readouterr().err == f"submit it with: sbatch {script}\n"
    written = script.read_text()
    for wanted in ("array=0-15", "gpus-per-node=1", "time=24:00:00"):
        assert f"#SBATCH --{wanted}\n" in written
    assert "export RANK=$SLURM_ARRAY_TASK_ID WORLD_SIZE=$SLURM_ARRAY_TASK_COUNT\n" in written
    assert written.endswith(f"-m cdcl embed '{run}' --level cell --out {tmp_path / 'cells'}\n")
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False).stderr == b""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["embed", "run", "--sbatch", "job.sh"], "add --level cell -o DIR"),
        (["embed", "run", "--level", "cell", "-o", "cells.parquet", "--sbatch", "job.sh"], "add --level cell -o DIR"),
        (["embed", "--model", "dinov2-small", "--sbatch", "job.sh"], "an array embeds with a run's network"),
        (["embed", "run", "--level", "cell", "-o", "cells", "--sbatch", "j", "--tasks", "0"], "--tasks 0: at least 1"),
        (
            ["train", "dino", "--screen", "s", "--out", "r", "--sbatch", "j", "--qsub", "k"],
            "a job is for one scheduler",
        ),
        (["train", "dino", "--screen", "s", "--out", "r", "--bsub", "."], "this is a folder"),
        (["train", "dino", "--screen", "s", "--out", "r", "--bsub", "j", "--time", "24:00"], "HOURS:MINUTES:SECONDS"),
    ],
)
def test_job_that_cannot_be_is_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
