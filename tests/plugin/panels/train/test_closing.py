"""The question before a window closes, answered by mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox

from cdcl.runs import Run
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.runs.folders import remember_runs_folder
from napari_cdcl.runs.training_queue import Training, training_queue_of

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot


class Busy(Training):
    """A training that says it is at work and notes what it is asked."""

    own = True  # type: ignore[assignment]
    asked = ""

    def stop(self) -> None:
        self.asked += "stop"


@pytest.mark.parametrize(
    ("title", "closed", "asked"),
    [("Keep training", True, ""), ("Stop with a checkpoint", True, "stop"), ("Do not close", False, "")],
)
def test_a_window_that_trains_asks_once_and_does_as_told(
    qtbot: QtBot, tmp_path: Path, viewer: ViewerModel, title: str, closed: bool, asked: str
) -> None:
    remember_runs_folder(tmp_path / "runs")
    window = QMainWindow()
    trainings = training_queue_of(viewer)
    window.setCentralWidget(TrainPanel(viewer))
    qtbot.addWidget(window)
    window.show()
    trainings.current = Busy(Run(tmp_path / "night"))
    boxes: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(30, answer)
            return
        boxes.append(f"{box.text()} {box.informativeText()}")
        (button,) = [button for button in box.buttons() if button.text().replace("&", "") == title]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(30, answer)
    assert window.close() is closed
    assert len(boxes) == 1
    assert "night is training" in boxes[0]
    assert "open the Train panel again and it is found" in boxes[0]
    assert window.isVisible() is not closed
    assert trainings.current.asked == asked
    assert trainings.current.running is not closed
    trainings.let_go()  # else the end of the test is asked, too
