"""Fields under even light, and as they are, by a click on a box."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from cdcl.pixels.flat_fields import NODES
from cdcl.pixels.illumination import FIELDS, Illumination
from cdcl.runs import Run
from cdcl.screen.plates import plate_keys
from napari_cdcl.layers.field import fields_of
from napari_cdcl.panels.screen.panel import ScreenPanel

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(380, 800)
    panel.show()
    return panel


def planes(screen: Screen) -> Illumination:
    """Each plate's left edge has half of its right edge's light."""
    plates = tuple(np.unique(plate_keys(screen.sites)).tolist())
    shape = (len(plates), len(screen.channels))
    lamp = np.broadcast_to(np.linspace(2 / 3, 4 / 3, NODES, dtype=np.float32), (*shape, NODES, NODES))
    zeros = np.zeros(shape, np.float32)
    return Illumination(screen.channels, plates, lamp, zeros, zeros, np.full(shape, FIELDS))


def tick(qtbot: QtBot, panel: ScreenPanel) -> None:
    box = panel.even_light.box
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def test_a_runs_planes_are_applied_at_a_click_and_taken_back_at_the_next(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen, viewer: ViewerModel, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    run.illumination.write_text(json.dumps(planes(small_screen).to_dict()))
    session.open(small_screen, run)
    fields = fields_of(viewer)
    raw = np.array(fields.pixels.field(0))
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: "lacked 50% of it" in panel.message.text())
    even = np.array(fields.pixels.field(0))
    width = raw.shape[-1]
    lamp = 2 / 3 + 2 / 3 * (np.arange(width) + 0.5) / width
    np.testing.assert_allclose(even, raw / lamp, atol=0.51, rtol=1e-3)
    assert even.dtype == raw.dtype
    shown = next(iter(fields.layers.values()))
    np.testing.assert_array_equal(np.asarray(shown.data[0]), even[0])
    tick(qtbot, panel)
    np.testing.assert_array_equal(fields.pixels.field(0), raw)


def test_without_a_run_the_screen_is_measured_in_a_child(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen
) -> None:
    session.open(small_screen)
    tick(qtbot, panel)
    assert panel.even_light.bar.isVisible()
    qtbot.waitUntil(lambda: "No plate's light can be told" in panel.message.text(), timeout=60_000)
    assert panel.even_light.box.isChecked()
    session.open(None)
    assert not panel.even_light.box.isChecked()


def test_damaged_planes_are_refused_and_the_box_is_free_again(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    run.illumination.write_text('{"channels": []}')
    session.open(small_screen, run)
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: "is damaged" in panel.message.text())
    assert not panel.even_light.box.isChecked()
