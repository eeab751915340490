"""What a panel owns ends with its dock, however that is closed: by its cross, its hide button, the menu, the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from qtpy.QtCore import QProcess, Qt
from qtpy.QtTest import QTest

from cdcl.attention import Question
from napari_cdcl.layers.attention import KEY
from napari_cdcl.models.session import session_of
from napari_cdcl.processes.attention_client import Asked
from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen

pytestmark = pytest.mark.gl

PANELS = ("Screen", "Cells", "Train", "Runs", "Explore", "Attention", "Scores", "Treatments")

CLOSINGS = {
    "cross": lambda dock: QTest.mouseClick(dock.title.close_button, Qt.MouseButton.LeftButton),
    "hide button": lambda dock: QTest.mouseClick(dock.title.hide_button, Qt.MouseButton.LeftButton),
    "close": lambda dock: dock.close(),
}
"""As a user does it, on the dock's own title bar, and as napari's menu does."""


def own_layers(viewer: napari.Viewer) -> list[str]:
    return [str(layer.metadata.get(KEY)) for layer in viewer.layers if layer.metadata.get(KEY) != "field"]


def children(process: QProcess) -> bool:
    return process.state() != QProcess.ProcessState.NotRunning


@pytest.mark.parametrize("closing", CLOSINGS)
def test_the_cells_panel_takes_its_rings_along_and_draws_no_more(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen, closing: str
) -> None:
    session = session_of(window)
    session.open(small_screen)
    panel = open_panel("Cells")
    panel.source.source.show_key("tiles")
    panel.look()
    qtbot.waitUntil(lambda: own_layers(window) == ["found cells", "crop"], timeout=10_000)
    dock = panel.parent()
    CLOSINGS[closing](dock)
    assert own_layers(window) == []
    session.row = 3
    qtbot.wait(400)
    assert own_layers(window) == []


def test_a_hidden_panel_that_is_shown_again_works_on(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    session_of(window).open(small_screen)
    panel = open_panel("Cells")
    panel.source.source.show_key("tiles")
    qtbot.waitUntil(lambda: own_layers(window) == ["found cells", "crop"], timeout=10_000)
    panel.parent().close()
    assert own_layers(window) == []
    panel.parent().show()
    qtbot.waitUntil(lambda: own_layers(window) == ["found cells", "crop"], timeout=10_000)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_the_attention_panel_lets_its_child_go(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run, closing: str
) -> None:
    panel = open_panel("Attention")
    client = panel._client
    client.ask(Asked(small_run.folder, 0, Question()))
    assert client._child is not None
    process = client._child._process
    assert process is not None
    qtbot.waitUntil(lambda: children(process), timeout=10_000)
    CLOSINGS[closing](panel.parent())
    qtbot.waitUntil(lambda: not is_alive(process) or not children(process), timeout=10_000)


def test_the_attention_panel_lets_its_child_go_with_the_window(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run
) -> None:
    panel = open_panel("Attention")
    panel._client.ask(Asked(small_run.folder, 0, Question()))
    process = panel._client._child._process
    qtbot.waitUntil(lambda: children(process), timeout=10_000)
    window.close()
    qtbot.waitUntil(lambda: not is_alive(process) or not children(process), timeout=10_000)


def test_a_panel_that_was_closed_is_made_anew_by_the_menu(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    first = open_panel("Screen")
    CLOSINGS["cross"](first.parent())
    qtbot.waitUntil(lambda: not is_alive(first), timeout=5_000)
    again = open_panel("Screen")
    assert again is not first
    session_of(window).open(small_screen)
    assert "24 fields" in again.title.text()


def test_every_panel_is_gone_when_its_cross_was_clicked(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_run: Run, small_screen: Screen
) -> None:
    session = session_of(window)
    panels = {name: open_panel(name) for name in PANELS}
    session.open(small_screen)
    for name, panel in panels.items():
        CLOSINGS["cross"](panel.parent())
        assert panel.ended, name
        qtbot.waitUntil(lambda panel=panel: not is_alive(panel), timeout=5_000)
    session.open(small_screen.take([0, 1]), small_run)
    session.row = 1
    assert own_layers(window) == []
