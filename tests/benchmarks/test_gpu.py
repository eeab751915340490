"""The benchmark of a GPU, rehearsed on a processor: all of it that can run there, runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_benchmark_of_a_gpu_runs_on_a_processor(tmp_path: Path) -> None:
    words = [sys.executable, str(BENCHMARKS / "gpu.py"), "--device", "cpu", "--tiny", "--no-result"]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    found = subprocess.run(words, env={**os.environ, **paths}, capture_output=True, text=True, timeout=500)
    assert found.returncode == 0, found.stderr[-2000:]
    assert "weights differ by at most 0.0e+00" in found.stdout
    assert "images/s together" in found.stdout
    assert "fields a second" in found.stdout
    assert "A rehearsal" in found.stdout
