"""Which GPUs this machine has, found without torch. No Qt."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 5.0
"""Long for nvidia-smi, which answers in about one; with a broken driver it may never."""
_DRIVER = Path("/proc/driver/nvidia/gpus")


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
    """Give the devices one can train on, with titles: "auto", "cpu", "cuda:0", ..., and "cuda*3" for three at once.

    "cpu*2" is two processes on the CPU, for machines with two sockets, and to try torchrun without a GPU.
    """
    choices = {"auto": "automatic (a GPU where there is one)", "cpu": "CPU"}
    if num_cores() > 1:
        choices["cpu*2"] = "CPU, 2 processes (torchrun)"
    choices |= {f"cuda:{number}": f"GPU {number}: {name}" for number, name in enumerate(gpus)}
    if len(gpus) > 1:
        choices[f"cuda*{len(gpus)}"] = f"all {len(gpus)} GPUs (torchrun)"
    return choices


def split_device(key: str) -> tuple[str, int]:
    """Give the `device` of the config and the number of processes."""
    name, _, count = key.partition("*")
    return name, int(count or 1)


def num_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def startable(device: str, processes: int) -> int:
    """Give how many of so many processes this machine has devices for, as far as can be told at once."""
    if device == "cpu" or not _DRIVER.is_dir():
        return processes
    return max(1, min(processes, len(list(_DRIVER.iterdir()))))
