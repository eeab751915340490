"""Before a screen is open: ways to one, those opened last, a sample made in a moment, and all panels by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari.components import ViewerModel
from qtpy.QtCore import Qt

from cdcl.profiles import read_profiles
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.screen.sample_run import SampleRun
from napari_cdcl.panels.screen.start_page import PANELS
from napari_cdcl.preferences import Preferences
from napari_cdcl.runs import folders
from napari_cdcl.ui.recents import MOST, note_recent, recent_sources

if TYPE_CHECKING:
    from pathlib import Path

    import napari
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run


@pytest.fixture
def panel(qtbot: QtBot) -> ScreenPanel:
    panel = ScreenPanel(ViewerModel())
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_the_start_page_gives_way_to_the_screen(qtbot: QtBot, panel: ScreenPanel, small_run: Run) -> None:
    assert panel.start.isVisible()
    assert not panel.plate.isVisible()
    panel.open(small_run.folder)
    qtbot.waitUntil(lambda: panel.plate.isVisible())
    assert not panel.start.isVisible()


def test_what_was_opened_is_offered_by_the_next_window(qtbot: QtBot, panel: ScreenPanel, small_run: Run) -> None:
    panel.open(small_run.folder)
    qtbot.waitUntil(lambda: panel.plate.isVisible())
    other = ScreenPanel(ViewerModel())
    qtbot.addWidget(other)
    other.show()
    recent = other.start.recent
    assert [recent.item(row).toolTip() for row in range(recent.count())] == [str(small_run.folder)]
    place = recent.visualItemRect(recent.item(0)).center()
    qtbot.mouseClick(recent.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: other.plate.isVisible())


def test_recent_ones_are_few_each_once_and_still_there(own_preferences: None, tmp_path: Path) -> None:
    places = [tmp_path / f"run{number}" for number in range(MOST + 3)]
    for place in places:
        place.mkdir()
        note_recent(place)
    note_recent(places[-2])
    assert recent_sources()[:2] == [places[-2], places[-1]]
    assert len(recent_sources()) == MOST
    places[-1].rmdir()
    assert places[-1] not in recent_sources()


@pytest.mark.gl
def test_every_panel_opens_from_the_start_page_and_the_sample_screen_too(qtbot: QtBot, window: napari.Viewer) -> None:
    _, panel = window.window.add_plugin_dock_widget("napari-cdcl", "Screen")
    for button in panel.start.panels.values():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.wait(10)
    assert [name.partition(" (")[0] for name in window.window.dock_widgets] == list(PANELS)
    qtbot.mouseClick(panel.start.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session_of(window).screen is not None)


@pytest.mark.slow
def test_the_sample_run_is_trained_and_opened_from_the_window(
    qtbot: QtBot, panel: ScreenPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "read_preferences", lambda: Preferences(runs=str(tmp_path)))
    panel.start.run.click()
    qtbot.waitUntil(lambda: panel.sample_run is None and panel.plate.isVisible(), timeout=400_000)
    run = session_of(panel.start._viewer).run
    assert run is not None
    assert len(read_profiles(run.profiles("site"))) == 312
    assert run.projection("pca").is_file()


def test_what_is_made_already_is_not_made_again(qtbot: QtBot, small_run: Run, tmp_path: Path) -> None:
    sample = SampleRun(tmp_path)
    sample.screen.mkdir()
    (sample.screen / "screen.csv").write_text("")
    small_run.folder.rename(sample.run)
    (sample.run / "checkpoints").mkdir()
    with qtbot.waitSignal(sample.finished, timeout=120_000) as ended:  # a child still draws the projection
        sample.start()
    assert ended.args == [True, ""]
    assert sample.job is None
