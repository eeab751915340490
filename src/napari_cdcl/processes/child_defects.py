"""A defect of a child process, with its traceback: whoever shows lines to the user hears of it here."""

from __future__ import annotations

import platform

from psygnal import Signal

from cdcl import __version__
from napari_cdcl.processes.child import explain_end, last_lines

DEFECT = 1
"""Exit status of a verb that met what nobody foresaw; it has printed a traceback."""


class ChildDefects:
    """Tells the defects of all children of this process."""

    found = Signal(str, str)
    """What happened, in a line, and the text to paste into a report."""

    def look_at(self, code: int, errors: bytes) -> None:
        """Tell of a child that has ended by a defect; of others say nothing."""
        if is_defect(code, errors):
            text = "\n".join(last_lines(errors))
            heading = f"cdcl {__version__}, Python {platform.python_version()}, {platform.platform()}"
            self.found.emit(explain_end(code, errors), f"{heading}\n{text}\n")


def is_defect(code: int, errors: bytes) -> bool:
    """Tell whether a child has ended by a defect; the same status without a traceback is an answer of its verb."""
    return code == DEFECT and b"Traceback" in errors


CHILD_DEFECTS = ChildDefects()
"""The one of this process, as its children are many and its windows, too."""
