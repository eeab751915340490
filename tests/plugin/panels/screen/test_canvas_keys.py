"""Alt and the arrows step through fields while the canvas has the focus, as long as the panel is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_cdcl.models.session import session_of
from napari_cdcl.ui.links import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen

pytestmark = pytest.mark.gl

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def press(viewer: napari.Viewer, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFocus()
    QTest.keyClick(canvas, key, modifiers)


def test_keys_on_the_canvas_step_through_fields_and_wells(
    window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    open_panel("Screen")
    session = session_of(window)
    session.open(small_screen)
    press(window, Qt.Key.Key_Right, ALT)
    assert session.row == 1
    press(window, Qt.Key.Key_Left, ALT)
    assert session.row == 0
    press(window, Qt.Key.Key_Right, ALT | SHIFT)
    assert session.row == 2
    press(window, Qt.Key.Key_Left, ALT | SHIFT)
    assert session.row == 0


def test_other_keys_on_the_canvas_do_what_napari_does(
    window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    open_panel("Screen")
    session_of(window).open(small_screen)
    window.dims.ndisplay = 2
    press(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.grid.enabled


def test_the_keys_end_with_the_panel(
    qtbot: QtBot, window: napari.Viewer, open_panel: Callable[[str], Any], small_screen: Screen
) -> None:
    panel = open_panel("Screen")
    session = session_of(window)
    session.open(small_screen)
    QTest.mouseClick(panel.parent().title.close_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not is_alive(panel), timeout=5_000)
    press(window, Qt.Key.Key_Right, ALT)
    assert session.row == 0
    assert not [key for key in window.keymap if "Alt" in str(key)]
