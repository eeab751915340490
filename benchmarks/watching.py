"""What one more look at a training costs after a thousand, and after a hundred thousand, logged lines.

python benchmarks/watching.py

The window looks twice a second. One line is appended between two looks, as a training does; the median of forty looks
is CPU time of this process, so that it tells work and not how busy the machine is.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from machine import describe_machine, write_result

from cdcl.config.recipes import check_config
from cdcl.runs import start_run
from napari_cdcl.runs.run_watch import RunWatch

LINES = (1_000, 10_000, 100_000)
LOOKS = 40


def measure(folder: Path, num: int) -> tuple[float, float]:
    """Give milliseconds of the first look at a run with `num` lines, and of one that finds a line more."""
    run = start_run(folder / str(num), check_config({"steps": 2 * num}, where="benchmark"))
    log = run.folder / "log.csv"
    log.write_text("step,loss,lr\n" + "".join(f"{step},{1 / step:.6f},0.001\n" for step in range(1, num + 1)))
    watch = RunWatch(run)
    first, later = look(watch), []
    for step in range(num + 1, num + 1 + LOOKS):
        with log.open("a") as file:
            file.write(f"{step},0.1,0.001\n")
        later.append(look(watch))
    return 1e3 * first, 1e3 * median(later)


def look(watch: RunWatch) -> float:
    """Give the CPU seconds of a look."""
    begin = time.process_time()
    watch.look()
    return time.process_time() - begin


def main() -> None:
    """Print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for num in LINES:
            first, later = measure(Path(folder), num)
            rows.append(f"| {num:,} | {first:.0f} | {later:.2f} | {2 * later / 10:.2f} % |")
    head = "| lines there | first look, ms | a look that finds one more, ms | of a core, at two looks a second |"
    write_result("watching", "\n".join([describe_machine(), "", head, "|--:|--:|--:|--:|", *rows]))


if __name__ == "__main__":
    main()
