"""Work runs in threads; what comes of it arrives in the window's thread, or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from napari_cdcl.processes.background import BackgroundWorker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_results_arrive_in_the_main_thread(qtbot: QtBot) -> None:
    errands, heard = BackgroundWorker(), []
    errands.run(threading.get_ident, lambda worker: heard.append((worker, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(heard))
    worker, here = heard[0]
    assert here == threading.get_ident() != worker
    assert not errands.busy
    errands.stop()


def test_runtime_errors_arrive_like_others(qtbot: QtBot) -> None:
    def fail() -> None:
        raise RuntimeError("CUDA error")

    errands, heard = BackgroundWorker(), []
    errands.run(fail, heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert str(heard[0]) == "CUDA error"
    errands.stop()


def test_what_is_forgotten_does_not_arrive(qtbot: QtBot) -> None:
    errands, heard, gate = BackgroundWorker(), [], threading.Event()
    errands.run(gate.wait, heard.append)
    errands.run(lambda: 2, heard.append)
    errands.forget()
    gate.set()
    errands.run(lambda: 3, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [3]
    errands.stop()
