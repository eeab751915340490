"""`cdcl serve` as a process that strangers write to: it answers each line, and lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cdcl_process import TRAINER, call

if TYPE_CHECKING:
    from cdcl.runs import Run

NO_QUESTIONS = (
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"null",
    b"[]",
    b"\x00",
    b'{"request": 1e400, "row": 0}',
    b'{"request": NaN, "row": 0}',
    b'{"request": 1' + b"0" * 5000 + b', "row": 0}',
    b'{"request": 1, "row": Infinity}',
    b'{"request": 2, "row": -1}',
    b'{"request": 3, "row": 999999}',
    b'{"request": "../../x", "row": 0}',
    b'{"request": 4, "row": 0, "patch": [1e9, -5]}',
    b'{"request": 5, "row": 0, "block": 123456789}',
)


def test_what_is_no_question_is_refused_and_the_next_is_answered(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "answers"
    lines = [*NO_QUESTIONS, b'{"request": 7, "row": 0}', b'{"request": 8, "row": 1}']
    for name in ("7.npz", "answer-7.npz", "7"):  # a folder stands where an answer goes
        (out / name).mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(TRAINER), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "cdcl", "serve", str(trained.folder), "--out", str(out), "--events"]
    done = subprocess.run(
        command, input=b"\n".join(lines) + b"\n", env=environment, capture_output=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    events = [json.loads(line, parse_constant=str) for line in done.stdout.splitlines()]
    answers = [event for event in events if event["event"] in ("answered", "refused")]
    assert b"Traceback" not in done.stderr
    assert [event["event"] for event in answers[:-2]] == ["refused"] * (len(answers) - 2)
    assert [event["request"] for event in answers[-2:]] == [7, 8]
    assert answers[-1]["event"] == "answered"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_output_ends_nothing_that_is_done(table: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        status, _, errors = call("scan", table, "-o", tmp_path / "out.csv", stdout=full)
    assert status == 0, errors
    assert "standard output takes no more" in errors
    assert (tmp_path / "out.csv").stat().st_size > 0
