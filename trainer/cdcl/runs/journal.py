"""A file that grows by lines, which wait in memory while it cannot be written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cdcl.atomic import append_text

if TYPE_CHECKING:
    from pathlib import Path

MOST_WAITING = 100_000
"""Lines that wait at most, some ten megabytes; later ones are let go."""


class Journal:
    """Appends lines to a file: what is only told must not end what is done, nor be lost while that can be mended.

    Attributes
    ----------
    heading
        The first line of the file, written where there is no file yet, or no longer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[str] = []
        self.heading = ""

    def add(self, *lines: str) -> bool:
        """Append lines, and those that wait; False where the file cannot be written, and they wait."""
        self._waiting += lines[: max(0, MOST_WAITING - len(self._waiting))]
        heading = [self.heading] if self.heading and self._is_new() else []
        try:
            append_text(self._path, "".join(line + "\n" for line in [*heading, *self._waiting]))
        except OSError:
            return False
        self._waiting.clear()
        return True

    def _is_new(self) -> bool:
        with suppress(OSError):
            return self._path.stat().st_size == 0
        return True
