"""log.csv: one line a logged step, cut back to the checkpoint when a run resumes."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from cdcl.atomic import disk_errors, write_text

if TYPE_CHECKING:
    from pathlib import Path


class Logbook:
    """Appends lines of named numbers; the first line fixes the columns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._columns: list[str] = []

    def cut_back(self, step: int) -> float:
        """Drop lines from `step` on, which will be written again; gives the seconds on the last line kept."""
        if not self._path.exists():
            return 0.0
        with self._path.open(newline="", encoding="utf-8") as file:
            header, *lines = [line for line in csv.reader(file) if line] or [[]]
        # A line that kill -9 cut short has too few cells.
        kept = [line for line in lines if len(line) == len(header) and int(line[0]) < step]
        self._columns = header
        write_text(self._path, "".join(",".join(line) + "\n" for line in [header, *kept] if line))
        return float(kept[-1][1]) if kept else 0.0

    def write(self, step: int, seconds: float, values: dict[str, float]) -> None:
        """Append a line, on disk when this returns."""
        line = {"step": str(step), "seconds": f"{seconds:.2f}", **{k: f"{v:.6g}" for k, v in values.items()}}
        with disk_errors(self._path), self._path.open("a", newline="", encoding="utf-8") as file:
            if not self._columns:
                self._columns = list(line)
                file.write(",".join(self._columns) + "\n")
            file.write(",".join(line.get(column, "") for column in self._columns) + "\n")
