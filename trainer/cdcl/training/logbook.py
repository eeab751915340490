"""log.csv: one line a logged step, cut back to the checkpoint when a run resumes."""

from __future__ import annotations

from contextlib import suppress
from math import inf, isfinite
from typing import TYPE_CHECKING

from cdcl.atomic import write_text
from cdcl.runs.journal import Journal
from cdcl.runs.tail import rows_of

if TYPE_CHECKING:
    from pathlib import Path


class Logbook:
    """Appends lines of named numbers; the first line fixes the columns."""

    def __init__(self, path: Path) -> None:
        self._path, self._journal = path, Journal(path)
        self._columns: list[str] = []

    def cut_back(self, step: int) -> float:
        """Drop lines from `step` on, which will be written again; gives the seconds on the last line kept."""
        if not self._path.is_file():
            return 0.0
        header, *lines = list(rows_of(self._path)) or [[]]
        # A line that kill -9 cut short has too few cells, and one that an editor changed may hold no number.
        kept = [line for line in lines if len(line) == len(header) and _step_of(line) < step]
        self._columns, self._journal.heading = header, ",".join(header)
        with suppress(OSError):
            write_text(self._path, "".join(",".join(line) + "\n" for line in [header, *kept] if line))
        return float(kept[-1][1]) if kept else 0.0

    def write(self, step: int, seconds: float, values: dict[str, float]) -> bool:
        """Append a line; False where the file cannot be written: no reason to end a training, and the line waits."""
        line = {"step": str(step), "seconds": f"{seconds:.2f}", **{k: f"{v:.6g}" for k, v in values.items()}}
        if not self._columns:
            self._columns = list(line)
            self._journal.heading = ",".join(self._columns)
        return self._journal.add(",".join(line.get(column, "") for column in self._columns))


def _step_of(line: list[str]) -> float:
    """Give the step of a line; infinity where step or seconds are no finite number."""
    try:
        step, seconds = float(line[0]), float(line[1])
    except (ValueError, IndexError):
        return inf
    return step if isfinite(step) and isfinite(seconds) else inf
