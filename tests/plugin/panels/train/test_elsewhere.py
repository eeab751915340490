"""Longer and Branch of a run that a cluster trained: asked before this machine trains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QInputDialog, QMessageBox
from tiny import make_config

from cdcl.clusters.remote.submission import Submission
from cdcl.config import write_config
from cdcl.runs import Run
from napari_cdcl.runs.cluster import was_submitted
from napari_cdcl.runs.launch import go_on_plan
from napari_cdcl.runs.training_queue import Plan, Training

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from napari_cdcl.panels.train.panel import TrainPanel


@pytest.fixture
def planned(panel: TrainPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """What Watch starts, of a run on display whose dialogs are answered with 20 steps and the name second."""
    run = Run(tmp_path / "runs" / "first")
    run.folder.mkdir(parents=True)
    write_config(make_config(steps=10), run.config)
    panel.watch._training = Training(run)
    plans: list[Plan] = []
    monkeypatch.setattr(panel.watch._trainings, "submit", plans.append)
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (20, True))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("second", True))
    return plans


def answered(qtbot: QtBot, title: str) -> list[str]:
    """Click a button of the question that comes, and note what it said."""
    said: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            said.append(f"{box.text()} {box.informativeText()}")
            (button,) = [button for button in box.buttons() if button.text().replace("&", "") == title]
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, answer)
    return said


def submitted(panel: TrainPanel) -> Run:
    assert panel.watch.run is not None
    Submission("me@head", "cdcl", "/runs/first", "4711", 0.0, shared=True).write(panel.watch.run.folder)
    return panel.watch.run


@pytest.mark.parametrize("part", ["longer", "branch"])
def test_what_a_cluster_trained_is_not_trained_here_in_silence(
    part: str, qtbot: QtBot, panel: TrainPanel, planned: list[Plan]
) -> None:
    run = submitted(panel)
    ask = panel.watch._ask_longer if part == "longer" else lambda: panel.watch._ask_branch(5)
    said = answered(qtbot, "Cancel")
    ask()
    assert len(said) == 1
    assert "first was trained on me@head, as job 4711" in said[0]
    assert "would train on this machine" in said[0]
    assert planned == []
    assert go_on_plan(run).verb == "follow"
    answered(qtbot, "Train here")
    ask()
    (plan,) = planned
    assert plan.verb == "train"


def test_a_run_that_is_made_longer_here_is_this_machines(
    qtbot: QtBot, panel: TrainPanel, planned: list[Plan], tmp_path: Path
) -> None:
    run = submitted(panel)
    answered(qtbot, "Train here")
    panel.watch._ask_longer()
    assert not was_submitted(run)
    assert planned[0].arguments == ("--out", str(tmp_path / "runs" / "first"), "--resume", "--set", "steps=20")
    assert go_on_plan(run).verb == "train"


def test_a_branch_leaves_its_run_with_the_cluster(qtbot: QtBot, panel: TrainPanel, planned: list[Plan]) -> None:
    run = submitted(panel)
    answered(qtbot, "Train here")
    panel.watch._ask_branch(5)
    assert was_submitted(run)
    assert planned[0].folder == run.folder.with_name("second")


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_note_of_the_cluster_is_no_leave_to_train(
    text: str, qtbot: QtBot, panel: TrainPanel, planned: list[Plan]
) -> None:
    submitted(panel).submission.write_text(text)
    said = answered(qtbot, "Cancel")
    panel.watch._ask_longer()
    assert "first was trained on a cluster" in said[0]
    assert planned == []


def test_a_run_of_this_machine_is_not_asked_about(panel: TrainPanel, planned: list[Plan]) -> None:
    panel.watch._ask_longer()
    panel.watch._ask_branch(5)
    assert [plan.verb for plan in planned] == ["train", "train"]
