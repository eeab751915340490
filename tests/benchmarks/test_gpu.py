"""The benchmark of a GPU, rehearsed on a processor: all of it that can run there, runs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training.distributed import Team
from cdcl.training.loop import Workplace
from cdcl.training.preparation import prepare

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_row_of_the_table_is_a_training_that_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu

    plan, device = replace(gpu.TINY, steps=2, fields=8, batch=4), torch.device("cpu")
    screen, place = gpu.make_screen(tmp_path, plan), Workplace(Run(tmp_path), device, Team())
    config = gpu.make_config(plan, plan.backbones[0], "cpu", "off")
    data = finish(prepare(config, screen, place.run, cache_folder=tmp_path / "cache"))
    with_data, without = gpu.train_rows(plan, data, place, 1e9)
    for line, megabytes in ((with_data, "0.2"), (without, "0.0")):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        # loss, rate, norm, waiting, speed, one part and four diagnostics, and two flags; the features whose rank the
        # processor finds, 32 of each of two views of four images; in float32
        assert cells[-2:] == [megabytes, str(4 * (12 + 32 * 2 * 4))]
        assert float(cells[3]) > 0.0
    assert gpu.waits_row(plan, data, place).endswith("only a GPU is waited for.")


@pytest.mark.slow
def test_the_benchmark_of_a_gpu_runs_on_a_processor(tmp_path: Path) -> None:
    words = [sys.executable, str(BENCHMARKS / "gpu.py"), "--device", "cpu", "--tiny", "--no-result"]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    found = subprocess.run(words, env={**os.environ, **paths}, capture_output=True, text=True, timeout=500)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "weights differ by at most 0.0e+00" in found.stdout
    assert "images/s together" in found.stdout
    assert "fields a second" in found.stdout
    assert "A rehearsal" in found.stdout
