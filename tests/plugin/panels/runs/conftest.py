"""Two trained runs for the tests of the Runs panel, made once for all, and a panel that lists copies of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tiny import make_config, make_screen

from cdcl.runs import record, start_run
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.runs.folders import remember_runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two trained runs, "one" and "other"."""
    from cdcl.tasks import finish
    from cdcl.training import train

    folder = tmp_path_factory.mktemp("made")
    screen = make_screen(folder / "screen")
    for name, lr in (("one", 1e-3), ("other", 1e-2)):
        config = make_config(optimizer={"lr": lr})
        run = start_run(folder / "runs" / name, config)
        finish(record(train(config, screen, run, cache_folder=folder / "cache"), run))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runs that the panel opens with: copies, that a test may change."""
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    shutil.copytree(made / "runs", tmp_path / "runs")
    remember_runs_folder(tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def panel(qtbot: QtBot, folder: Path, viewer: ViewerModel) -> RunsPanel:
    """A panel that lists the two; its viewer is `panel.viewer`."""
    panel = RunsPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: panel.table.rowCount() == 2, timeout=120_000)
    return panel
