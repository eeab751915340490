"""Names the machine and keeps what a benchmark printed."""

from __future__ import annotations

import datetime as dt
import os
import platform
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def describe_machine() -> str:
    """Processor, cores and versions, in one sentence."""
    from importlib.metadata import version

    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    return f"{processor}, {os.cpu_count()} cores (shared), torch {version('torch')}, {dt.date.today()}."


def write_result(name: str, text: str) -> None:
    """Print the table of a benchmark and keep it under results/, named by benchmark and date."""
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}-{dt.date.today()}.md").write_text(f"# {name}\n\n{text}\n", encoding="utf-8")
