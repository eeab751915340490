"""The plate map shows a picture of each well, read once, with the contrast of the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hands import press
from napari.components import ViewerModel

from napari_cdcl.models.session import session_of
from napari_cdcl.panels.screen.panel import ScreenPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot
    from qtpy.QtGui import QColor

    from cdcl.screen import Screen

PATIENCE = 30_000


@pytest.fixture
def panel(qtbot: QtBot, small_screen: Screen) -> ScreenPanel:
    viewer = ViewerModel()
    panel = ScreenPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    panel.resize(500, 900)
    panel.show()
    session_of(viewer).open(small_screen)
    return panel


def middle(panel: ScreenPanel, well: int) -> QColor:
    shown = panel.plate.map
    return shown.grab().toImage().pixelColor(shown.rect_of(well).center().toPoint())


def wait_for_all(qtbot: QtBot, panel: ScreenPanel) -> None:
    qtbot.waitUntil(lambda: len(panel.plate._well_pictures._kept) == 6, timeout=PATIENCE)  # type: ignore[union-attr]


def test_wells_are_discs_until_pictures_are_wanted_and_again_afterwards(qtbot: QtBot, panel: ScreenPanel) -> None:
    discs = [middle(panel, well).name() for well in range(6)]
    press(panel.plate.pictures)
    wait_for_all(qtbot, panel)
    pictures = [middle(panel, well).name() for well in range(6)]
    assert all(picture != disc for picture, disc in zip(pictures, discs, strict=True))
    press(panel.plate.pictures)
    assert [middle(panel, well).name() for well in range(6)] == discs


def test_pictures_tell_treatments_apart_and_follow_contrast_and_plate(qtbot: QtBot, panel: ScreenPanel) -> None:
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    press(panel.plate.pictures)
    wait_for_all(qtbot, panel)
    light = [middle(panel, well).lightness() for well in range(3)]  # treatments A, B, C, each brighter
    assert light[0] < light[2]
    layer = panel.viewer.layers[0]  # type: ignore[attr-defined]
    layer.visible = panel.viewer.layers[1].visible = False  # type: ignore[attr-defined]
    wait_for_all(qtbot, panel)
    assert max(middle(panel, well).lightness() for well in range(3)) < min(light) + 1
    layer.visible = True
    session.row = 12  # the other plate
    wait_for_all(qtbot, panel)
    assert panel.plate.plate == 1
