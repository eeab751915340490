"""Real children of both kinds: how they end, what is kept of their errors, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from napari_cdcl.processes.child import (
    MOST_ERRORS,
    NEVER_STARTED,
    NICENESS,
    Child,
    DetachedChild,
    explain_end,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
WAIT = 60_000
SLEEP = "import time; time.sleep(100)"


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Let `python -m cdcl` be a child that does something else."""
    script, launcher = folder / "child.py", folder / "python"
    script.write_text(code)
    launcher.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(launcher))


def lives(pid: int) -> bool:
    """Whether there is such a process; a dead one that nobody has buried is one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def began(pid: int) -> bool:
    """Whether the process is the program itself, not Python between its fork and its exec."""
    return os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + NICENESS


@posix
def test_a_child_gives_way_and_hears_what_is_written_to_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend(monkeypatch, tmp_path, "print(input()[::-1], flush=True)\nimport time; time.sleep(100)")
    child = Child()
    child.start([])
    qtbot.waitUntil(lambda: child.pid > 0 and began(child.pid), timeout=WAIT)
    with qtbot.waitSignal(child.said, timeout=WAIT) as line:
        child.write("abc")
    assert line.args == ["cba\n"]
    child.leave()


@posix
def test_a_child_that_is_killed_is_told_and_buried(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend(monkeypatch, tmp_path, SLEEP)
    child = Child()
    child.start([])
    qtbot.waitUntil(lambda: child.pid > 0, timeout=WAIT)
    pid = child.pid
    with qtbot.waitSignal(child.ended, timeout=WAIT) as end:
        os.kill(pid, signal.SIGKILL)
    assert end.args == [-signal.SIGKILL]
    assert "ended from outside" in explain_end(-signal.SIGKILL, child.errors)
    assert not lives(pid)


@posix
def test_the_last_errors_are_kept_and_no_more(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = "import sys\nfor n in range(20000): print('warning', n, file=sys.stderr)\nsys.exit('cdcl: error: too big.')"
    pretend(monkeypatch, tmp_path, code)
    child = Child()
    with qtbot.waitSignal(child.ended, timeout=WAIT) as end:
        child.start([])
    assert end.args == [1]
    assert len(child.errors) == MOST_ERRORS
    assert explain_end(1, child.errors) == "too big."


def test_a_child_that_cannot_be_started_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    child = Child()
    with qtbot.waitSignal(child.ended, timeout=WAIT) as end:
        child.start([])
    assert end.args == [NEVER_STARTED]
    assert "could not be started" in explain_end(NEVER_STARTED, child.errors)


@posix
def test_a_child_that_is_left_is_silent_gone_and_its_folder_too(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend(monkeypatch, tmp_path, SLEEP)
    child, folder, heard = Child(), tempfile.TemporaryDirectory(), []
    child.ended.connect(heard.append)
    child.start([])
    qtbot.waitUntil(lambda: child.pid > 0, timeout=WAIT)
    pid = child.pid
    child.leave(folder)
    child.leave()
    assert (child.running, child.pid) == (False, 0)
    qtbot.waitUntil(lambda: not lives(pid) and not Path(folder.name).exists(), timeout=WAIT)
    assert heard == []


WINDOW = """
import sys
from qtpy.QtCore import QCoreApplication, QTimer
from napari_cdcl.processes.child import Child, DetachedChild
app = QCoreApplication([])
python, sys.executable = sys.executable, sys.argv[1]
child, detached = Child(app), DetachedChild([python, "-c", "import time; time.sleep(100)"])
child.said.connect(lambda line: (print(child.pid, detached.pid, flush=True), app.quit()))
child.start([])
app.exec()
"""
"""A window that ends as soon as its child has said something."""


@posix
def test_one_kind_ends_with_the_window_and_the_other_outlives_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = sys.executable
    pretend(monkeypatch, tmp_path, f"print('here', flush=True)\n{SLEEP}")
    window = [python, "-c", WINDOW, sys.executable]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(window, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    child, detached = map(int, ended.stdout.split())
    assert lives(detached)
    os.killpg(detached, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not lives(child)


def wait_for(child: DetachedChild) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None:
            return code
        time.sleep(0.02)
    raise TimeoutError


def test_a_detached_child_keeps_its_last_errors_and_takes_the_windows_word_for_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FROM_WINDOW", "window")
    code = "import os, sys; print('x' * 200_000, file=sys.stderr); "
    code += "sys.exit(os.environ['MINE'] + os.environ['FROM_WINDOW'])"
    child = DetachedChild([sys.executable, "-c", code], {"MINE": "mine ", "FROM_WINDOW": "nobody"})
    assert wait_for(child) == 1
    assert len(child.errors) == MOST_ERRORS
    assert child.errors.endswith(b"mine window" + os.linesep.encode())


@posix
def test_a_detached_child_is_killed_with_its_own_children_and_buried() -> None:
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)']); "
    child = DetachedChild([sys.executable, "-c", f"{code}{SLEEP}"])
    assert began(child.pid)
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    child.signal(signal.SIGKILL)
    assert wait_for(child) == -signal.SIGKILL
    child.signal(signal.SIGKILL)  # of a dead child: nobody else's number by now
    assert not lives(child.pid)


def test_the_line_of_cdcl_is_found_among_others() -> None:
    errors = b"Traceback\ncdcl: error: the disk is full.\ntorchrun says much more\n"
    assert explain_end(1, errors) == "the disk is full."
    assert "status 3: what" in explain_end(3, b"what\n")
