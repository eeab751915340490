"""A Train panel whose runs, cache and threads are the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.runs.folders import remember_runs_folder
from napari_cdcl.runs.training_queue import training_queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    remember_runs_folder(tmp_path / "runs")


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, own_folders: None) -> Iterator[TrainPanel]:
    panel = TrainPanel(viewer)
    qtbot.addWidget(panel)
    yield panel
    trainings = training_queue_of(viewer)
    if trainings.current is not None:
        trainings.current.end_now()
    trainings.let_go()
