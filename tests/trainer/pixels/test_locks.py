from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cdcl.events import Began
from cdcl.pixels.locks import STALE_SECONDS, FillLock
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_lock_is_taken_and_let_go(tmp_path: Path) -> None:
    lock = FillLock(tmp_path / "lock")
    finish(lock.acquire())
    assert (tmp_path / "lock").read_text() == f"{socket.gethostname()} {os.getpid()}"
    lock.release()
    assert not (tmp_path / "lock").exists()


def test_a_second_one_waits_and_then_gets_it(tmp_path: Path) -> None:
    first, second = FillLock(tmp_path / "lock"), FillLock(tmp_path / "lock")
    finish(first.acquire())
    waiting = second.acquire()
    assert isinstance(next(waiting), Began)
    next(waiting)
    second.release()
    assert (tmp_path / "lock").exists(), "only the holder may let go"
    first.release()
    finish(waiting)
    assert (tmp_path / "lock").exists()
    second.release()


@pytest.mark.parametrize("owner", ["dead", "former", "far"])
def test_a_stale_lock_is_taken_over(tmp_path: Path, dead_process: int, owner: str) -> None:
    names = {"dead": f"{socket.gethostname()} {dead_process}", "former": f"{socket.gethostname()} {os.getpid()}"}
    (tmp_path / "lock").write_text(names.get(owner, "another.machine 1"))
    os.utime(tmp_path / "lock", (0, 0))
    lock = FillLock(tmp_path / "lock")
    finish(lock.acquire(), lambda event: pytest.fail(f"it waited: {event}"))
    lock.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("age", [0.0, STALE_SECONDS / 2])
def test_the_lock_of_a_live_process_is_respected(tmp_path: Path, age: float) -> None:
    owners = [f"{socket.gethostname()} {os.getppid()}", "another.machine 1"]
    for owner in owners:
        (tmp_path / "lock").write_text(owner)
        status = (tmp_path / "lock").stat()
        os.utime(tmp_path / "lock", (status.st_atime - age, status.st_mtime - age))
        waiting = FillLock(tmp_path / "lock").acquire()
        next(waiting)
        next(waiting)
        waiting.close()
        assert (tmp_path / "lock").read_text() == owner
