"""Real children: what they tell, how they end, and that nobody waits for them."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from cdcl.events import Advanced, Event, Said, Wrote
from napari_cdcl.processes import child
from napari_cdcl.processes.child_defects import is_defect
from napari_cdcl.processes.jobs import CANCELLED, Job, last_advances

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PATIENCE = 60_000


def test_a_job_tells_its_events_and_that_all_went_well(qtbot: QtBot, tmp_path: Path) -> None:
    heard: list[Event] = []
    job = Job(["simulate", "-o", str(tmp_path / "screen"), "--batches", "1"])
    job.heard.connect(heard.append)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        job.start()
        assert job.running
    assert end.args == [True, ""]
    assert not job.running
    assert any(isinstance(event, Wrote) and event.path.endswith("screen.csv") for event in heard)


def test_what_the_user_can_mend_is_the_last_error_line(qtbot: QtBot, tmp_path: Path) -> None:
    job = Job(["scan", str(tmp_path / "nowhere")])
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        job.start()
    well, message = end.args
    assert not well
    assert "nowhere" in message
    assert not message.startswith("cdcl:")


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_child_that_is_killed_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    job = Job(["simulate", "-o", str(tmp_path / "screen")])
    job.start()
    qtbot.waitUntil(lambda: job.pid > 0)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        os.kill(job.pid, signal.SIGKILL)
    assert end.args[0] is False
    assert "ended from outside" in end.args[1]


def test_cancelling_returns_at_once_and_the_child_ends(qtbot: QtBot, tmp_path: Path) -> None:
    job = Job(["simulate", "-o", str(tmp_path / "screen")])
    with qtbot.waitSignal(job.heard, timeout=PATIENCE):
        job.start()
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        began = time.perf_counter()
        job.cancel()
        assert time.perf_counter() - began < 0.1
    assert end.args == [False, CANCELLED]
    assert job.cancelled


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_child_that_hears_no_signal_is_killed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf.py"
    deaf.write_text(
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        'print(\'{"event": "said", "message": "deaf"}\', flush=True)\ntime.sleep(100)\n'
    )
    launcher = tmp_path / "python"
    launcher.write_text(f"#!/bin/sh\nexec {sys.executable} {deaf}\n")
    launcher.chmod(0o755)
    monkeypatch.setattr(child, "PATIENCE", 200)
    monkeypatch.setattr(sys, "executable", str(launcher))
    job = Job(["anything"])
    with qtbot.waitSignal(job.heard, timeout=PATIENCE):
        job.start()
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        job.cancel()
    assert end.args == [False, CANCELLED]


def test_an_interpreter_that_is_gone_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    job = Job(["runs"])
    with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
        job.start()
    assert "could not be started" in end.args[1]


def test_of_advances_in_a_row_the_last_is_told() -> None:
    one, other = Said("one"), Said("other")
    assert last_advances([Advanced(1), Advanced(2), one, Advanced(3), Advanced(4), other]) == [
        Advanced(2), one, Advanced(4), other,
    ]  # fmt: skip


def test_a_status_that_is_an_answer_of_the_verb_is_no_failure(qtbot: QtBot, tmp_path: Path) -> None:
    for answers, well in (((2,), True), ((), False)):
        job = Job(["scan", str(tmp_path / "nowhere")], answers=answers)
        with qtbot.waitSignal(job.finished, timeout=PATIENCE) as end:
            job.start()
        assert end.args[0] is well


def test_a_defect_is_none_even_where_its_status_is_an_answer() -> None:
    assert is_defect(1, b"Traceback (most recent call last):\n")
    assert not is_defect(1, b"a library warns\n")
    assert not is_defect(2, b"Traceback (most recent call last):\n")
