"""A control, or all fields of the well, beside the canvas: same place, same magnification, one click to a field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_cdcl.panels.screen.beside import NO_CONTROL
from napari_cdcl.panels.screen.panel import ScreenPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.ui.beside_view import BesideView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    return panel


@pytest.fixture
def controlled(small_screen: Screen) -> Screen:
    control = np.where(small_screen.sites["well"] == "B03", "negative", "")
    return replace(small_screen, sites=small_screen.sites.assign(control=control))


def choose(qtbot: QtBot, panel: ScreenPanel, kind: str) -> BesideView:
    """Pick from the list, as the mouse does, and wait for the pixels."""
    chooser = panel.beside.kind
    chooser.show_key(kind)
    chooser.activated.emit(chooser.currentIndex())
    qtbot.waitUntil(lambda: not panel.beside.worker.busy)
    view = panel.beside.view
    assert view is not None
    view.resize(400, 300)
    return view


def camera_of(viewer: ViewerModel) -> Any:
    return getattr(viewer, "scene", viewer).camera


def drawn(view: BesideView) -> np.ndarray:
    image = view.grab().toImage()
    at = view.frame_of_picture().center().toPoint()
    return np.array([image.pixelColor(at).getRgb()[:3]])


def test_a_control_of_the_same_plate_stands_beside_and_follows(
    qtbot: QtBot, panel: ScreenPanel, session: Session, controlled: Screen
) -> None:
    session.screen = controlled
    session.row = 0
    view = choose(qtbot, panel, "control")
    assert "B03" in view.caption
    assert "P1" in view.caption
    assert drawn(view).any(), "a picture is drawn"
    session.row = 13
    qtbot.waitUntil(lambda: not panel.beside.worker.busy)
    assert "P2" in view.caption
    assert "site 2" in view.caption
    session.row = 14  # B03 of the second plate: no other control
    assert view.caption == NO_CONTROL


def test_one_camera_moves_both(
    qtbot: QtBot, panel: ScreenPanel, viewer: ViewerModel, session: Session, controlled: Screen
) -> None:
    session.screen = controlled
    camera = camera_of(viewer)
    view = choose(qtbot, panel, "control")
    camera.center, camera.zoom = (0, 10.0, 12.0), 8.0
    frame = view.frame_of_picture()
    assert (frame.width(), frame.height()) == (48 * 0.5 * 8, 40 * 0.5 * 8), "0.5 µm a pixel, 8 points a µm"
    assert (frame.left(), frame.top()) == (200 - 12 * 8, 150 - 10 * 8)
    qtbot.mousePress(view, LEFT, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(140, 84))
    qtbot.mouseRelease(view, LEFT, pos=QPoint(140, 84))
    assert tuple(camera.center[-2:]) == (10 + 16 / 8, 12 - 40 / 8)
    under = (view.frame_of_picture().topLeft() - QPointF(300, 200)) / camera.zoom
    wheel(view, QPointF(300, 200))
    assert camera.zoom == pytest.approx(8 * 1.1)
    after = (view.frame_of_picture().topLeft() - QPointF(300, 200)) / camera.zoom
    assert (after.x(), after.y()) == pytest.approx((under.x(), under.y())), "what lies under the cursor stays there"


def wheel(view: BesideView, place: QPointF) -> None:
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        *(place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False)
    )
    QApplication.sendEvent(view, event)


def test_a_click_in_the_mosaic_of_a_well_shows_that_field(
    qtbot: QtBot, panel: ScreenPanel, viewer: ViewerModel, session: Session, controlled: Screen
) -> None:
    session.screen = controlled
    camera = camera_of(viewer)
    session.row = 4
    view = choose(qtbot, panel, "well")
    camera.center, camera.zoom = (0, 10.0, 12.0), 8.0
    frame = view.frame_of_picture()
    right = QPoint(round(frame.left() + 0.75 * frame.width()), round(frame.center().y()))
    qtbot.mouseClick(view, LEFT, pos=right)
    assert session.row == 5
    assert "2 fields of the well" in view.caption


def test_contrast_of_the_viewer_is_the_pictures_too(
    qtbot: QtBot, panel: ScreenPanel, viewer: ViewerModel, session: Session, controlled: Screen
) -> None:
    session.screen = controlled
    view = choose(qtbot, panel, "control")
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    before = drawn(view).sum()
    for layer in viewer.layers:
        layer.contrast_limits = (0, 60_000)
    assert drawn(view).sum() < 0.2 * before


def test_nothing_of_it_is_left_behind(
    qtbot: QtBot, panel: ScreenPanel, viewer: ViewerModel, session: Session, controlled: Screen
) -> None:
    session.screen = controlled
    camera = camera_of(viewer)
    choose(qtbot, panel, "well")
    panel.beside.kind.show_key("")
    panel.beside.kind.activated.emit(0)
    assert panel.beside.view is None
    choose(qtbot, panel, "control")
    session.become(session.state.opened(None, None, None))
    assert panel.beside.view is None
    assert panel.beside.kind.key == ""
    camera.zoom = 3


@pytest.mark.gl
def test_it_stands_beside_the_canvas_and_goes_with_its_panel(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], controlled: Screen
) -> None:
    panel = open_panel("Screen")
    panel._session.screen = controlled
    canvas = window.window._qt_viewer
    whole = canvas.width()
    view = choose(qtbot, panel, "control")
    assert view.parent() is window.window._qt_window.centralWidget()
    qtbot.waitUntil(lambda: canvas.width() < 0.6 * whole)
    panel.parent().title.close_button.click()
    qtbot.waitUntil(lambda: canvas.width() >= whole)
