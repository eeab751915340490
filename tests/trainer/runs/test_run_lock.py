"""The lock of a run: held by one living process, taken over from the dead."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from cdcl.errors import RunError
from cdcl.locks import SILENT_SECONDS, is_locked
from cdcl.processes import process_start
from cdcl.runs.lock import held, refuse_if_locked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "RUNNING"


def write(lock: Path, **owner: object) -> None:
    me = {"pid": os.getpid(), "host": socket.gethostname(), "started": process_start(os.getpid())}
    lock.write_text(json.dumps({**me, **owner}))


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_keeps_its_beginning_and_a_dead_one_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        began = process_start(process.pid)
        assert began
        assert process_start(process.pid) == began
        assert began != process_start(os.getpid())
        process.kill()
    assert process_start(process.pid) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a zombie's state where we look")
def test_a_zombie_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    for _ in range(200):
        if not process_start(process.pid):
            break
        time.sleep(0.02)
    assert process_start(process.pid) == ""
    process.wait()


def test_lock_is_held_inside_and_gone_outside(lock: Path) -> None:
    assert is_locked(lock) is None
    with held(lock):
        assert is_locked(lock) is True
    assert is_locked(lock) is None


def test_lock_is_released_after_a_failure(lock: Path) -> None:
    with pytest.raises(ValueError, match="no"), held(lock):
        raise ValueError("no")
    assert is_locked(lock) is None


def test_second_holder_is_refused_and_told_who_is_at_work(lock: Path) -> None:
    with held(lock):
        with pytest.raises(RunError, match=f"process {os.getpid()} on {socket.gethostname()}"), held(lock):
            pass
        with pytest.raises(RunError, match="STOP"):
            refuse_if_locked(lock)
        assert is_locked(lock) is True


def test_lock_of_a_dead_process_is_taken_over(lock: Path) -> None:
    write(lock, pid=dead_pid())
    assert is_locked(lock) is False
    with held(lock):
        assert json.loads(lock.read_text())["pid"] == os.getpid()


def test_number_given_to_another_process_does_not_revive_the_dead(lock: Path) -> None:
    write(lock, started="before")
    assert is_locked(lock) is False


def test_other_machines_process_lives_as_long_as_it_touches_its_lock(lock: Path) -> None:
    write(lock, host="elsewhere", pid=dead_pid())
    assert is_locked(lock) is True
    past = time.time() - SILENT_SECONDS - 1
    os.utime(lock, (past, past))
    assert is_locked(lock) is False


@pytest.mark.parametrize("content", ["", '{"pid": 3', "[1]", '{"pid": "x", "host": 1, "started": []}', "\x00"])
@pytest.mark.parametrize("seconds", [0.0, -1e6, 1e6])
def test_lock_that_names_nobody_blocks_nobody_whatever_its_date(lock: Path, content: str, seconds: float) -> None:
    lock.write_text(content)
    os.utime(lock, (time.time() + seconds,) * 2)
    assert is_locked(lock) is False
    with held(lock):
        assert is_locked(lock) is True


def test_lock_of_another_machine_dated_into_the_future_is_dead(lock: Path) -> None:
    write(lock, host="elsewhere")
    os.utime(lock, (time.time() + 1e6,) * 2)
    assert is_locked(lock) is False
    with held(lock):
        pass


def test_who_is_told_to_wait_for_another_machine_is_told_what_to_do_if_it_is_gone(lock: Path) -> None:
    write(lock, host="elsewhere")
    with pytest.raises(RunError, match=r"If you know that it is gone, delete .*RUNNING"):
        refuse_if_locked(lock)


def test_of_many_processes_one_gets_the_lock_of_a_dead_one(lock: Path) -> None:
    write(lock, pid=dead_pid())
    script = (
        "import sys, pathlib\n"
        "from cdcl.errors import RunError\n"
        "from cdcl.runs.lock import held\n"
        "input()\n"
        "try:\n"
        "    with held(pathlib.Path(sys.argv[1])): print('got it', flush=True), input()\n"
        "except RunError: print('refused', flush=True), input()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    racers = [subprocess.Popen([sys.executable, "-c", script, str(lock)], env=env, **pipes) for _ in range(4)]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = sorted(racer.stdout.readline().strip() for racer in racers)
    for racer in racers:
        racer.communicate("end\n", timeout=20)
    assert answers == ["got it", "refused", "refused", "refused"]
