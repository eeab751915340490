"""Every verb that writes, told to a standard output that is closed or full, and on a disk that takes no large file.

`python tests/hostile/bad_outputs.py [--only VERB]`: what is only told must never end what is done, so that with any
standard output each verb leaves what it leaves with a good one. Where files may have 2 KB (`ulimit -f`) it may fail, in
one line and without litter; started again without that limit it leaves the same. Prints what was tried and survived.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from random_kills import Stage, compare, finish, import_all, rehearse
from tiny_run import call

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 2048
"""Bytes a file may have: less than any table, more than any line."""


def _closed() -> None:
    os.close(1)


def _all_closed() -> None:
    for number in (0, 1, 2):
        os.close(number)


def _full() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def _both_full() -> None:
    _full()
    os.dup2(1, 2)


def _gone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, resource.RLIM_INFINITY))


OUTPUTS: dict[str, Callable[[], None]] = {
    "output closed": _closed,
    "input, output and errors closed": _all_closed,
    "output full": _full,
    "output and errors full": _both_full,
    "nobody reads the output": _gone,
    "no file beyond 2 KB": _small_files,
}


def attempt(stage: Stage, work: Path, output: str) -> list[str]:
    """Run a verb with a bad output in a fresh copy, and once more where it may have failed; give what went wrong."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(stage.before, work, symlinks=True)
    told = Path(f"{work}.told")
    told.unlink(missing_ok=True)
    status, _ = finish(*call(work, stage.verb, lambda _: OUTPUTS[output]()))
    small = output == "no file beyond 2 KB"
    wrong = []
    if small and status:
        lines = [line for line in told.read_text(errors="replace").splitlines() if line.strip()]
        if status != 2 or "Traceback" in "\n".join(lines):
            wrong.append(f"exit {status}: {lines[-1] if lines else 'not a word'}")
        resumed = stage.verb[0] == "train" and (work / "run" / "config.toml").exists()
        again = (*stage.verb, "--resume") if resumed else stage.verb
        status, _ = finish(*call(work, again, lambda _: None))
    return wrong + compare(stage, work, status)


def run() -> int:
    """Try every verb with every output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="verbs whose name begins with this")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    import_all()
    tried = failed = 0
    with tempfile.TemporaryDirectory() as name:
        for stage in rehearse(Path(name)):
            for output in OUTPUTS if stage.verb[0].startswith(args.only) else ():
                wrong = attempt(stage, Path(name, "work"), output)
                tried += 1
                failed += bool(wrong)
                for fault in wrong:
                    print(f"{stage.verb[0]}, {output}: {fault}", flush=True)  # noqa: T201
    print(f"bad outputs: {tried} tried, {tried - failed} survived")  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(run())
