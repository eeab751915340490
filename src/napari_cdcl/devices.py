"""Which GPUs this machine has, found without torch. No Qt."""

from __future__ import annotations

import shutil
import subprocess

_SECONDS = 5.0


def list_gpus() -> list[str]:
    """Name the NVIDIA GPUs in their order; it may take a second, so ask in a thread."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in found.stdout.splitlines() if line.strip()] if found.returncode == 0 else []


def device_choices(gpus: list[str]) -> dict[str, str]:
    """Give the devices one can train on, with titles: "auto", "cpu", "cuda:0", ..., and "cuda*3" for three at once."""
    choices = {"auto": "automatic (a GPU where there is one)", "cpu": "CPU"}
    choices |= {f"cuda:{number}": f"GPU {number}: {name}" for number, name in enumerate(gpus)}
    if len(gpus) > 1:
        choices[f"cuda*{len(gpus)}"] = f"all {len(gpus)} GPUs (torchrun)"
    return choices


def split_device(key: str) -> tuple[str, int]:
    """Give the `device` of the config and the number of processes."""
    name, _, count = key.partition("*")
    return name, int(count or 1)
