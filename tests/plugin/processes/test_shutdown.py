"""A child that is let go is gone soon, whether it wants or not, and nobody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import QProcess

from napari_cdcl.processes import shutdown
from napari_cdcl.processes.shutdown import Shutdown

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

POLITE = "print('here', flush=True); import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {POLITE}"


def start(qtbot: QtBot, code: str) -> QProcess:
    process = QProcess()
    with qtbot.waitSignal(process.readyReadStandardOutput, timeout=20_000):
        process.start(sys.executable, ["-c", code])
    return process


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="asks by signals")
@pytest.mark.parametrize("code", [POLITE, STUBBORN])
def test_a_child_ends_by_itself_or_by_force_and_its_folder_goes(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(shutdown, "GRACE", 200)
    process, folder = start(qtbot, code), tempfile.TemporaryDirectory()
    pid = process.processId()
    began = time.perf_counter()
    Shutdown(process, folder).begin()
    assert time.perf_counter() - began < 0.1
    qtbot.waitUntil(lambda: not lives(pid) and not Path(folder.name).exists(), timeout=10_000)


def test_the_end_of_the_application_does_not_wait_for_grace(qtbot: QtBot) -> None:
    process = start(qtbot, STUBBORN)
    pid = process.processId()
    parting = Shutdown(process)
    parting.begin()
    parting.hurry()
    qtbot.waitUntil(lambda: not lives(pid), timeout=5_000)


def test_a_child_that_never_was_is_let_go_too(qtbot: QtBot, tmp_path: Path) -> None:
    process, folder = QProcess(), tempfile.TemporaryDirectory()
    process.start(str(tmp_path / "nothing"), [])
    Shutdown(process, folder).begin()
    qtbot.waitUntil(lambda: not Path(folder.name).exists(), timeout=5_000)


CLOSING = """
import sys, time
from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QApplication
from napari_cdcl.processes.child import Child

application, panel, child = QApplication([]), QObject(), None
sleep = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
child = Child(panel)
child._process.start(sys.executable, ["-c", sleep])
child._process.waitForReadyRead(20_000)
print(child.pid, flush=True)
how = sys.argv[1]
if how == "left while quitting":
    application.aboutToQuit.connect(child.leave)
    QTimer.singleShot(0, application.quit)
    application.exec_()
elif how == "left without a loop":
    child.leave()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("how", ["left while quitting", "left without a loop", "never left"])
def test_no_running_child_is_deleted_however_the_window_ends(how: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", CLOSING, how], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "QProcess" not in ended.stderr
    assert ended.returncode == 0, ended.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.stdout.split()[0]), 0)
