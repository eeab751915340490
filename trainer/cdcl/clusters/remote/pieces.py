"""What passes between the two ends that follow a run: pieces of its small files, and how its job is doing."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from cdcl.errors import RunError

LOGS = ("events.jsonl", "log.csv")
"""Files that grow at their end."""

_NAMES = re.compile(
    r"events\.jsonl|log\.csv|config\.toml|screen\.parquet|cells\.parquet|environment\.json|intensities\.json"
    r"|illumination\.json"
    r"|checksums\.txt|probes/\d{1,18}\.parquet|checkpoints/\d{1,18}/weights\.(?:safetensors|json)"
)

PIECE = 2**20
"""Bytes of a file in one line, so that neither end holds more of it."""

LINE = 2 * PIECE
"""Letters of the longest line: base64 takes four for three bytes, and the names a few."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `at` to `at + len(data)` of a file that has `size` of them now; at 0 the file begins anew."""

    name: str
    at: int
    data: bytes
    size: int

    def line(self) -> str:
        """Write it as a line of JSON."""
        data = base64.b64encode(self.data).decode()
        return json.dumps({"name": self.name, "at": self.at, "data": data, "size": self.size})


IN_ORDER = ("COMPLETED", "CANCELLED", "GONE")
"""Ends of a job after which its run's own last word counts; "GONE" is an end that the queue has forgotten. After any
other, such as FAILED, that word may be of a stretch before."""


@dataclass(frozen=True, slots=True)
class JobState:
    """How the job is doing, in SLURM's words; `over` when the queue no longer has it."""

    state: str
    reason: str = ""
    over: bool = False

    def line(self) -> str:
        """Write it as a line of JSON."""
        return json.dumps({"state": self.state, "reason": self.reason, "over": self.over})


def is_followed(name: str) -> bool:
    """Tell whether a file's name is one that is followed; whatever else is sent is not taken."""
    return _NAMES.fullmatch(name) is not None


def read_line(line: str) -> Piece | JobState:
    """Read a line back.

    Raises
    ------
    RunError
        If it is neither, or names a file that is not followed.
    """
    try:
        record: dict[str, Any] = json.loads(line)
        if "state" in record:
            return JobState(str(record["state"])[:100], str(record["reason"])[:500], record["over"] is True)
        piece = Piece(record["name"], int(record["at"]), base64.b64decode(record["data"]), int(record["size"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"the cluster's end sent a line that is not understood: {line[:80]!r}.") from error
    if not is_followed(piece.name) or not 0 <= piece.at <= piece.at + len(piece.data) <= piece.size:
        raise RunError(f"the cluster's end sent a file that is not followed: {piece.name!r}.")
    return piece
