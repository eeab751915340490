"""The lock of a cache: others wait for it, the dead are not waited for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cdcl.events import Began
from cdcl.locks import SILENT_SECONDS, Lock, sweep_lock
from cdcl.pixels.locks import FillLock
from cdcl.processes import process_start
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_lock_is_taken_and_let_go(tmp_path: Path) -> None:
    lock = FillLock(tmp_path / "lock")
    finish(lock.acquire())
    assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    lock.release()
    assert not list(tmp_path.iterdir())


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


@pytest.mark.parametrize("owner", ["dead", "former", "far", "empty", "older"])
def test_a_stale_lock_is_taken_over(tmp_path: Path, owner: str) -> None:
    here, start = socket.gethostname(), process_start(os.getpid())
    texts = {
        "dead": json.dumps({"pid": dead_pid(), "host": here, "started": start}),
        "former": json.dumps({"pid": os.getpid(), "host": here, "started": "before"}),
        "far": json.dumps({"pid": 1, "host": "another.machine", "started": "1"}),
        "empty": "",
        "older": f"{here} {os.getpid()}",
    }
    (tmp_path / "lock").write_text(texts[owner])
    if owner == "far":
        os.utime(tmp_path / "lock", (0, 0))
    lock = FillLock(tmp_path / "lock")
    finish(lock.acquire(), lambda event: pytest.fail(f"it waited: {event}"))
    lock.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("age", [0.0, SILENT_SECONDS / 2])
def test_the_lock_of_another_machine_is_respected_while_it_has_a_pulse(tmp_path: Path, age: float) -> None:
    text = json.dumps({"pid": 1, "host": "another.machine", "started": "1"})
    (tmp_path / "lock").write_text(text)
    status = (tmp_path / "lock").stat()
    os.utime(tmp_path / "lock", (status.st_atime - age, status.st_mtime - age))
    waiting = FillLock(tmp_path / "lock").acquire()
    next(waiting)
    next(waiting)
    waiting.close()
    assert (tmp_path / "lock").read_text() == text


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from cdcl.locks import Lock\n"
        "lock = Lock(pathlib.Path(sys.argv[1])); print(lock.take(), flush=True); input()\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"True"
    assert not FillLock(tmp_path / "lock").take()
    child.kill()
    child.communicate()
    lock = FillLock(tmp_path / "lock")
    assert lock.take()
    lock.release()
    assert not list(tmp_path.iterdir())


def test_what_was_left_by_a_kill_is_swept_and_what_is_held_stays(tmp_path: Path) -> None:
    guard = tmp_path / ".lock.lock"
    guard.touch()
    sweep_lock(tmp_path / "lock")
    assert not guard.exists()
    held = Lock(tmp_path / "lock")
    assert held.take()
    sweep_lock(tmp_path / "lock")
    assert guard.exists()
    assert (tmp_path / "lock").exists()
    held.release()
