"""The command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TRAINER = Path(__file__).parents[3] / "trainer"


def start(*arguments: object, launcher: Sequence[str] = (), **options: object) -> subprocess.Popen[str]:
    """Start `python -m cdcl` in a process of its own, or let `python launcher` start it."""
    environment = {**os.environ, "PYTHONPATH": str(TRAINER), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, *launcher, "-m", "cdcl", *map(str, arguments)]
    return subprocess.Popen(command, **{"env": environment, **pipes, **options})


def call(*arguments: object, **options: object) -> tuple[int, str, str]:
    """Run `python -m cdcl` to its end: status, output, errors."""
    process = start(*arguments, **options)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors
