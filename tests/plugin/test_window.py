"""The panels in a real napari window: opened, floated, closed, several at once, and never torch."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_cdcl.layers.attention import KEY
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen

PANELS = ("Screen", "Cells", "Explore", "Train", "Runs", "Attention", "Scores", "Treatments")


def open_panels(viewer: napari.Viewer) -> dict[str, object]:
    return {name: viewer.window.add_plugin_dock_widget("napari-cdcl", name)[1] for name in PANELS}


@pytest.mark.gl
def test_a_run_is_explored_in_a_real_window(qtbot: QtBot, window: napari.Viewer, small_run: Run) -> None:
    panels = open_panels(window)
    panels["Screen"].open(small_run.folder)
    session = session_of(window)
    qtbot.waitUntil(lambda: session.run is not None, timeout=10_000)
    assert [layer.metadata[KEY] for layer in window.layers] == ["field", "field"]
    session.row = 5
    picture = window.screenshot(canvas_only=True, flash=False)
    assert picture[..., 2].max() > 100
    for panel in panels.values():
        dock = panel.parent()
        dock.setFloating(True)
        dock.setFloating(False)
    session.selection = np.arange(24) < 5
    qtbot.waitUntil(lambda: not panels["Explore"].thumbnails.worker.busy)
    window.window.remove_dock_widget("all")
    session.row = 7
    assert window.dims.current_step[0] == 7
    qtbot.wait(50)


@pytest.mark.gl
def test_two_windows_share_nothing(
    make_napari_viewer: Callable[..., napari.Viewer], small_run: Run, small_screen: Screen
) -> None:
    from napari_cdcl import actions

    one, other = make_napari_viewer(), make_napari_viewer()
    for viewer in (one, other):
        open_panels(viewer)
    actions.open_source(session_of(one), small_run.folder)
    session_of(other).screen = small_screen.take([0, 1, 2])
    session_of(one).row = 9
    assert session_of(other).row == 0
    assert other.layers[0].data.shape[0] == 3
    assert one.layers[0].data.shape[0] == 24


def test_exploring_never_loads_torch(small_run: Run) -> None:
    code = f"""
import sys
from pathlib import Path
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication
application = QApplication([])
from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.attention.panel import AttentionPanel
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.panels.scores.panel import ScoresPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.panel import TrainPanel
viewer = ViewerModel()
panels = [panel(viewer) for panel in (ScreenPanel, ExplorePanel, TrainPanel, RunsPanel, AttentionPanel, ScoresPanel)]
session = session_of(viewer)
actions.open_source(session, Path({str(small_run.folder)!r}))
session.selection = session.selection | True
actions.find_like_selection(session) if not session.selection.all() else None
actions.ask_similar(session, 3)
assert "torch" not in sys.modules
for panel in panels:
    panel.close()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.gl
def test_qt_owns_every_control_of_every_panel(qtbot: QtBot, window: napari.Viewer, small_run: Run) -> None:
    """PyQt deletes what Python owns one by one at the end, parts before their window, and may end in a crash."""
    sip = pytest.importorskip("PyQt6.sip")
    from qtpy.QtWidgets import QMenu, QWidget

    before = {id(widget) for widget in gc.get_objects() if isinstance(widget, QWidget)}
    panels = open_panels(window)
    panels["Screen"].open(small_run.folder)
    qtbot.waitUntil(lambda: session_of(window).run is not None, timeout=10_000)
    found = [w for w in gc.get_objects() if isinstance(w, QWidget) and id(w) not in before and not sip.isdeleted(w)]
    assert all(any(panel is widget for widget in found) for panel in panels.values())
    homeless = [w for w in found if sip.ispyowned(w) and w.parent() is None and not isinstance(w, QMenu)]
    assert [(type(widget).__name__, widget.accessibleName()) for widget in homeless] == []
