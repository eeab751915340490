"""Lines of Python in a process of their own, as whoever reads a README runs them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = (
    "import torch\nlib = torch.library.Library('torchvision', 'DEF')\n"
    "[lib.define(n + '(Tensor dets, Tensor scores, float t) -> Tensor') for n in ('nms', 'qnms')]\n"
)
"""Lets a torchvision be imported whose build is not that of torch; the README's reader has a pair that fits."""


def run_lines(code: str, folder: Path) -> None:
    """Run a README's lines in a process of their own, without cdcl."""
    fits = not subprocess.run([sys.executable, "-c", "import torchvision"], capture_output=True, check=False).returncode
    subprocess.run([sys.executable, "-c", code if fits else DECLARED + code], check=True, cwd=folder)
