"""Panels opened by the menu leave napari's window as large as it was, on every display, and fit a narrow dock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from napari_cdcl.qt_settings import read_setting, write_setting

if TYPE_CHECKING:
    import napari
    from pytestqt.qtbot import QtBot

CHILD = Path(__file__).with_name("window_child.py")
DISPLAYS = ("1280x720", "1366x768", "1600x1000", "3840x2160")


def look(display: str, scale: int, theme: str, folder: Path) -> dict[str, Any]:
    """Open all panels by the menu, one after the other, on a display of its own."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("needs xvfb-run, for displays of several sizes")
    own = {"QT_SCALE_FACTOR": str(scale), "XDG_CONFIG_HOME": str(folder), "NAPARI_CONFIG": str(folder / "napari.yaml")}
    display_arguments = ["xvfb-run", "-a", "-s", f"-screen 0 {display}x24"]
    pictures = os.environ.get("CDCL_PICTURES", "")
    if pictures:
        pictures = str(Path(pictures) / f"{display}-{scale}-{theme}")
        Path(pictures).mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [*display_arguments, sys.executable, str(CHILD), theme, pictures],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **own, "QT_QPA_PLATFORM": "xcb"},
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def check(seen: dict[str, Any]) -> None:
    assert len(seen["found"]) == 8
    for name, sizes in seen["found"].items():
        assert sizes["window"] == seen["before"], name
        assert sizes["panel"][1] > 0.6 * seen["before"][1], f"{name} has a share of the height only"
    assert seen["tabs"] == 7
    assert seen["cut"] == [], "names of tabs are cut off"
    assert {name: cut for name, cut in seen["overhang"].items() if cut > 0} == {}


@pytest.mark.gl
def test_all_panels_from_the_menu_leave_a_laptops_window_as_large_as_it_was(tmp_path: Path) -> None:
    check(look("1366x768", 1, "dark", tmp_path))


@pytest.mark.slow
@pytest.mark.gl
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("display", DISPLAYS)
def test_panels_fit_every_display(display: str, scale: int, theme: str, tmp_path: Path) -> None:
    check(look(display, scale, theme, tmp_path))


def dock_of(qtbot: QtBot, viewer: napari.Viewer, panel: str) -> Any:
    """Open a panel as the menu does, and let Qt come to rest."""
    dock, _ = viewer.window.add_plugin_dock_widget("napari-cdcl", panel)
    qtbot.wait(30)
    return dock


@pytest.mark.gl
def test_a_closed_panel_comes_back_into_the_tab_of_its_sisters(qtbot: QtBot, window: napari.Viewer) -> None:
    main = window.window._qt_window
    screen = dock_of(qtbot, window, "Screen")
    explore = dock_of(qtbot, window, "Explore")
    assert main.tabifiedDockWidgets(explore) == [screen]
    explore.title.close_button.click()
    qtbot.wait(20)
    again = dock_of(qtbot, window, "Explore")
    assert main.tabifiedDockWidgets(again) == [screen]


@pytest.mark.gl
def test_panels_opened_in_one_go_lie_in_tabs_too(qtbot: QtBot, window: napari.Viewer) -> None:
    main = window.window._qt_window
    for name in ("Screen", "Explore", "Scores"):
        dock, _ = window.window.add_plugin_dock_widget("napari-cdcl", name)
    qtbot.waitUntil(lambda: len(main.tabifiedDockWidgets(dock)) == 2)


@pytest.mark.gl
def test_a_panel_set_apart_from_its_sisters_comes_back_apart(qtbot: QtBot, window: napari.Viewer) -> None:
    from qtpy.QtCore import Qt

    main = window.window._qt_window
    screen = dock_of(qtbot, window, "Screen")
    explore = dock_of(qtbot, window, "Explore")
    main.splitDockWidget(screen, explore, Qt.Orientation.Horizontal)
    qtbot.wait(20)
    explore.title.close_button.click()
    qtbot.wait(20)
    again = dock_of(qtbot, window, "Explore")
    assert main.tabifiedDockWidgets(again) == []


@pytest.mark.gl
def test_a_floating_panel_floats_again_on_the_display_that_is_there(qtbot: QtBot, window: napari.Viewer) -> None:
    dock = dock_of(qtbot, window, "Scores")
    dock.setFloating(True)
    qtbot.wait(30)
    dock.title.close_button.click()
    qtbot.wait(30)
    place = read_setting("places/ScoresPanel")
    assert place["floating"]
    write_setting("places/ScoresPanel", {**place, "frame": [90_000, -5_000, 400, 500]})  # a display that is gone
    again = dock_of(qtbot, window, "Scores")
    qtbot.waitUntil(again.isFloating)
    assert again.screen().geometry().contains(again.geometry())


@pytest.mark.gl
@pytest.mark.parametrize("place", ["", "[]", {"frame": [1, 2, "x", 4]}, {"frame": [1, 2]}, 7])
def test_a_place_that_makes_no_sense_is_passed_over(qtbot: QtBot, window: napari.Viewer, place: object) -> None:
    write_setting("places/ScreenPanel", place)
    dock = dock_of(qtbot, window, "Screen")
    assert dock.isVisible()
    assert not dock.isFloating()
