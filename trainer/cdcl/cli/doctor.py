"""`cdcl doctor`: what is installed, what is missing, and the command that mends it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from cdcl.doctor import examine

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.doctor import Check

_MARKS = {"ok": "ok", "optional": "-", "missing": "MISSING"}


def perform(args: Namespace) -> int:
    """Print a line a finding; status 2 where something is missing that everything needs."""
    found = []
    for finding in examine():
        print(json.dumps(asdict(finding)) if args.events else _line(finding), flush=True)  # noqa: T201
        found.append(finding)
    return 2 if any(finding.verdict == "missing" for finding in found) else 0


def _line(finding: Check) -> str:
    line = f"{_MARKS[finding.verdict]:<8} {finding.part:<9} {' '.join(finding.what.split())}"
    return f"{line}\n{'':<18} mend: {finding.mend}" if finding.mend else line
