"""The standard streams may be closed, full, or read by nobody: what is only told must never end what is done."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def open_closed_streams() -> None:
    """Open what was closed (`>&-`) to nowhere: else the next file opened would get its number, and what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def tell(line: str) -> None:
    """Print a line to standard error, if anybody can hear it."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def show(text: str) -> None:
    """Print what a verb has found; where there is no room for it, what was done is done all the same."""
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        raise
    except (OSError, ValueError):
        tell("cdcl: warning: standard output takes no more; what was found is not shown")


def give_up_output() -> None:
    """Let what is still to be printed go nowhere, so that Python does not complain when it flushes at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
