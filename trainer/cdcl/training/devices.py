"""Where a run computes, and in what precision: float32, or mixed precision (bfloat16 under autocast)."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Literal

import torch

from cdcl.atomic import write_text
from cdcl.bounded import read_json
from cdcl.errors import CDCLError, ConfigError

Precision = Literal["auto", "bf16", "fp32"]


def pick_device(name: str) -> torch.device:
    """Choose the device that `name` means; "auto" takes a GPU where there is one (each process its own).

    Parameters
    ----------
    name
        "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    ConfigError
        If the device is not on this machine.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda":
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device = '{name}' is not to be had here; use 'auto' or 'cpu'.") from error
    return device


def use_bf16(precision: Precision, device: torch.device) -> bool:
    """Decide on bf16: where it is asked for, or where the hardware computes in it.

    Parameters
    ----------
    precision
        "auto" asks the hardware.
    """
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and _cpu_has_bf16()


def note_hardware(environment: Path, device: torch.device) -> None:
    """Add to a run's environment.json on what it computes; the number of threads decides the last bits of sums."""
    try:
        known = read_json(environment)
    except CDCLError:
        known = {}
    write_text(environment, json.dumps({**known, **describe_hardware(device)}, indent=1))


def describe_hardware(device: torch.device) -> dict[str, str | int]:
    """Name the machine for `environment.json`; `cuda` and `driver` are empty where torch or the machine has none."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "device": str(device),
        "hardware": name,
        "cuda": torch.version.cuda or "",
        "driver": _driver(),
        "cores": os.cpu_count() or 1,
        "torch_threads": torch.get_num_threads(),
    }


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        # A driver that does not answer hangs for minutes; a run must not wait for what is only noted.
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return ""
    return told[0] if told else ""


def _cpu_has_bf16() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return False
    flags = cpuinfo.read_text(encoding="utf-8", errors="replace")
    return "avx512_bf16" in flags or "amx_bf16" in flags
