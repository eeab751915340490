"""The settings of napari's Preferences: known to the manifest, read, told, kept, and heeded at once."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from napari_cdcl import actions
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.preferences import (
    PLUGIN,
    Preferences,
    child_variables,
    device_arguments,
    preference_changes,
    read_preferences,
)
from napari_cdcl.processes.child import child_environment
from napari_cdcl.runs.folders import runs_folder

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.ui.thumbnails import Thumbnails

MANIFEST = Path(__file__).parents[2] / "napari.yaml"


@pytest.fixture
def settings() -> Any:
    from napari.settings import get_plugin_settings

    return get_plugin_settings(PLUGIN)


def declared() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["contributions"]["configurations"]
    return {name: setting for group in groups.values() for name, setting in group["properties"].items()}


def test_the_manifest_and_the_code_know_the_same_settings_and_defaults() -> None:
    assert {name: setting["default"] for name, setting in declared().items()} == asdict(Preferences())


def test_every_setting_says_what_it_does_and_when_it_holds() -> None:
    for setting in declared().values():
        assert "Holds" in setting["description"]
        assert setting["title"]


def test_what_is_set_is_read_told_and_kept(settings: Any) -> None:
    told: list[str] = []
    preference_changes().changed.connect(told.append)
    settings.drawing.point_size = 7
    settings.memory.cells_mb = 11
    assert told == ["point_size", "cells_mb"]
    assert (read_preferences().point_size, read_preferences().cells_mb) == (7, 11)
    assert "point_size: 7" in settings.config_path.read_text()


def test_a_value_that_cannot_be_is_refused(settings: Any) -> None:
    with pytest.raises(ValueError, match="allowed"):
        settings.network.device = "abacus"
    assert read_preferences().device == "auto"


def test_without_naparis_settings_the_defaults_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_plugin: str) -> None:
        raise KeyError

    monkeypatch.setattr("napari.settings.get_plugin_settings", fail)
    assert read_preferences() == Preferences()
    assert preference_changes().settings is None
    assert len(fields(Preferences)) == len(declared())


def test_children_are_told_of_cache_and_device(settings: Any, tmp_path: Path) -> None:
    assert (child_variables(), device_arguments()) == ({}, [])
    settings.folders.cache, settings.network.device = str(tmp_path), "cpu"
    assert device_arguments() == ["--device", "cpu"]
    assert child_environment()["CDCL_CACHE"] == str(tmp_path)


def test_runs_go_where_the_preferences_say(settings: Any, tmp_path: Path) -> None:
    settings.folders.runs = str(tmp_path / "mine")
    assert runs_folder() == tmp_path / "mine"


def test_points_change_at_once_and_new_ones_are_alike(
    qtbot: QtBot, settings: Any, small_run: Run, viewer: ViewerModel
) -> None:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    actions.open_source(session_of(viewer), small_run.folder)
    canvas = panel.first.view.canvas
    assert (canvas.marker_style.size, canvas.marker_style.opacity) == (8, 1.0)
    settings.drawing.point_size, settings.drawing.point_opacity = 3, 50
    assert (canvas.marker_style.size, canvas.marker_style.opacity) == (3, 0.5)
    session_of(viewer).items = None
    actions.open_source(session_of(viewer), small_run.folder)
    assert canvas.marker_style.size == 3
    settings.drawing.point_size = 0
    assert canvas.marker_style.size == 8


def test_a_screen_opens_with_the_contrast_that_is_preferred(settings: Any, small_screen: Screen) -> None:
    settings.drawing.contrast = "screen"
    session = Session()
    actions.open_source(session, small_screen.folder)
    assert session.scope == "screen"


def test_pictures_of_cells_and_their_room_follow(
    qtbot: QtBot, settings: Any, small_screen: Screen, viewer: ViewerModel
) -> None:
    session = session_of(viewer)
    session.screen = small_screen
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    thumbnails: Thumbnails = panel.thumbnails
    with qtbot.waitSignal(thumbnails.restyled):
        settings.drawing.crop = 32
    settings.memory.pictures_mb = 16
    assert thumbnails._room == 16 << 20
