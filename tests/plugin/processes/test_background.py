"""Work runs in threads; what comes of it arrives in the window's thread, or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from napari_cdcl.processes.background import BackgroundWorker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_results_arrive_in_the_main_thread(qtbot: QtBot) -> None:
    worker, heard = BackgroundWorker(), []
    worker.run(threading.get_ident, lambda thread: heard.append((thread, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(heard))
    thread, here = heard[0]
    assert here == threading.get_ident() != thread
    assert not worker.busy
    worker.stop()


def test_runtime_errors_arrive_like_others(qtbot: QtBot) -> None:
    def fail() -> None:
        raise RuntimeError("CUDA error")

    worker, heard = BackgroundWorker(), []
    worker.run(fail, heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert str(heard[0]) == "CUDA error"
    worker.stop()


def test_what_is_forgotten_does_not_arrive(qtbot: QtBot) -> None:
    worker, heard, gate = BackgroundWorker(), [], threading.Event()
    worker.run(gate.wait, heard.append)
    worker.run(lambda: 2, heard.append)
    worker.forget()
    gate.set()
    worker.run(lambda: 3, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [3]
    worker.stop()
