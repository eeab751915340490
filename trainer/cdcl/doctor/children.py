"""Load a library in a process of its own: one that ends its process must not end the examination."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

_TELLING = ("what():", "error", "could not connect", "is needed to load")
"""Words of the lines that say why a process ended: of C++, of Python, of Qt without a display or without a library."""
SECONDS = 120.0
"""The first import of torch from a slow disk takes a minute; what takes longer than two hangs."""


@dataclass(frozen=True)
class Answer:
    """What a child printed as JSON, or why it printed nothing."""

    facts: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


def ask_child(code: str, seconds: float = SECONDS) -> Answer:
    """Run `code`, whose last line of output is a JSON object, in a fresh Python."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        return Answer(trouble=f"did not answer within {seconds:g} s")
    except OSError as error:
        return Answer(trouble=f"no process could be started: {error.strerror or error}")
    if done.returncode:
        return Answer(trouble=_why(done.returncode, done.stderr))
    return _read(done.stdout)


def _read(output: str) -> Answer:
    try:
        facts = json.loads(output.strip().rpartition("\n")[2])
    except ValueError:
        return Answer(trouble="answered in words that are not understood")
    return Answer(facts) if isinstance(facts, dict) else Answer(trouble="answered in words that are not understood")


def _why(status: int, errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    if status == 1 and lines:
        return lines[-1][:300]  # of a traceback the last line says what it is about
    told = next((line for line in lines if any(word in line.lower() for word in _TELLING)), "")
    # POSIX gives the number of the signal that ended the process as a negative status.
    return f"ends the process (status {status}){': ' if told else ''}{told[:300]}"
