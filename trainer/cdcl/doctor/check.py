"""What is known about one part of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "optional", "missing"]
"""`optional`: not there, and only something that is optional needs it; `missing`: nothing works without it."""


@dataclass(frozen=True)
class Check:
    """One line of what the doctor finds.

    Attributes
    ----------
    part
        What was looked at: `torch`, `cache`.
    verdict
        Whether it is as it should be.
    what
        What was found, in one line.
    mend
        The command, or the step, that mends it; empty where nothing is to be mended.
    """

    part: str
    verdict: Verdict
    what: str
    mend: str = ""
