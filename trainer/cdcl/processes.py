"""Whether a process is still the one that it was: a number alone may have been given away again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def process_start(pid: int) -> str:
    """Tell when a process began, in the system's own words; "" where no such process lives."""
    if sys.platform == "win32":
        return _start_on_windows(pid)
    if Path("/proc/self/stat").exists():
        return _start_on_linux(pid)
    return _start_by_ps(pid)


def _start_on_linux(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program stands in brackets and may hold anything; behind it come the state and then numbers.
    state, *numbers = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else numbers[18]


def _start_by_ps(pid: int) -> str:
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return found.stdout.strip()


def _start_on_windows(pid: int) -> str:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return ""
    began, ended, in_kernel, in_user = (ctypes.c_uint64() for _ in range(4))
    times = (ctypes.byref(moment) for moment in (began, ended, in_kernel, in_user))
    known = kernel.GetProcessTimes(handle, *times)
    kernel.CloseHandle(handle)
    return str(began.value) if known and not ended.value else ""
