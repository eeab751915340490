"""The corpus: small reproductions of what people reported elsewhere, each a script that ends in `ok:` or `FAULT:`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

CASES = Path(__file__).parents[3] / "shared" / "cases"
SECONDS = 300
"""A case scans, scores or trains a few steps; a loaded machine takes ten times as long as a free one."""

NAMES = sorted(f"{script.parts[-3]}/{script.parts[-2]}" for script in CASES.glob("*/*/run.sh"))

EVERY = 4
"""Of so many cases one is tried on every submission, which takes a minute or two; `make test-all` tries all."""


def _marked() -> list[ParameterSet]:
    """Give each case, slow but for the sample."""
    marks = [() if number % EVERY == 0 else pytest.mark.slow for number in range(len(NAMES))]
    return [pytest.param(name, marks=mark) for name, mark in zip(NAMES, marks, strict=True)]


@pytest.mark.skipif(not NAMES, reason="the corpus is not beside this checkout")
@pytest.mark.parametrize("name", _marked() or ["none"])
def test_a_case_of_the_corpus_is_well(name: str, tmp_path: Path) -> None:
    group, _ = name.split("/")
    shutil.copytree(CASES / name, tmp_path / name)
    for helper in (CASES / group).glob("*.*"):
        if helper.is_file():
            shutil.copy(helper, tmp_path / group)
    for copied in tmp_path.rglob("*"):
        copied.chmod(copied.stat().st_mode | 0o200)
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PY": sys.executable}
    done = subprocess.run(
        ["bash", str(tmp_path / name / "run.sh")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, f"{name}\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
