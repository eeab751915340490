"""The screen panel and the session, both ways, with a real mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QTableWidget, QWidget

from napari_cdcl.panels.screen.panel import WELCOME, ScreenPanel

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(380, 800)
    panel.show()
    return panel


def open_with(qtbot: QtBot, panel: ScreenPanel, path: Path) -> None:
    panel.open(path)
    qtbot.waitUntil(lambda: not panel.worker.busy)


def click(qtbot: QtBot, panel: ScreenPanel, well: int) -> None:
    plate = panel.plate.map
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, pos=plate.rect_of(well).center().toPoint())


def test_an_empty_panel_says_what_to_do(panel: ScreenPanel) -> None:
    assert panel.title.text() == WELCOME


def test_opening_shows_plate_facts_and_the_first_field(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen
) -> None:
    open_with(qtbot, panel, small_screen.folder)
    assert "2 plates, 12 wells, 24 fields" in panel.title.text()
    assert session.row == 0
    assert panel.plate.plates.currentText() == "B1/P1"
    facts = {panel.facts.item(row, 0).text(): panel.facts.item(row, 1).text() for row in range(panel.facts.rowCount())}
    assert facts["treatment"] == "A"
    assert "path" not in facts
    assert "0.tif" in panel.facts.toolTip()
    assert "Opened" in panel.message.text()


def test_what_cannot_be_opened_is_told_and_leaves_the_screen(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen, tmp_path: Path
) -> None:
    open_with(qtbot, panel, small_screen.folder)
    screen = session.screen
    open_with(qtbot, panel, tmp_path)
    assert "is no screen" in panel.message.text()
    assert panel.opener.isEnabled()
    assert session.screen is screen


def test_a_click_on_a_well_shows_and_selects_its_fields(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen
) -> None:
    session.screen = small_screen
    click(qtbot, panel, 4)
    assert session.row == 8
    assert np.flatnonzero(session.selection).tolist() == [8, 9]
    click(qtbot, panel, 4)
    assert session.row == 9


def test_selection_and_row_reach_the_map(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen
) -> None:
    session.screen = small_screen
    session.selection = np.isin(np.arange(24), [3, 20])
    assert np.flatnonzero(panel.plate.map._ringed).tolist() == [1]
    session.row = 21
    assert panel.plate.plates.currentText() == "B2/P2"
    assert np.flatnonzero(panel.plate.map._ringed).tolist() == [4]
    assert panel.plate.map._current == 4
    qtbot.mouseClick(panel.plate.previous, Qt.MouseButton.LeftButton)
    assert session.row == 0


def test_the_colour_is_the_sessions_both_ways(panel: ScreenPanel, session: Session, small_screen: Screen) -> None:
    session.screen = small_screen
    assert panel.plate.colour.key == "treatment"
    assert len(set(panel.plate.map._colours.tolist())) == 3
    session.colour = "batch"
    assert panel.plate.colour.key == "batch"
    assert len(set(panel.plate.map._colours.tolist())) == 1
    panel.plate.colour.setCurrentIndex(panel.plate.colour.findData("num_cells"))
    panel.plate.colour.activated.emit(panel.plate.colour.currentIndex())
    assert session.colour == "num_cells"
    assert len(set(panel.plate.map._colours.tolist())) == 6


def test_keys_step_through_fields_and_wells(
    panel: ScreenPanel, viewer: ViewerModel, session: Session, small_screen: Screen
) -> None:
    from app_model.types import KeyBinding

    session.screen = small_screen
    pressed = {str(KeyBinding.validate(key)): act for key, act in viewer.keymap.items()}
    for key, row in (("Alt+Right", 1), ("Shift+Alt+Right", 2), ("Alt+Left", 1), ("Shift+Alt+Left", 10)):
        pressed[str(KeyBinding.from_str(key))](viewer)
        assert session.row == row
    panel.steps.within.show_key("well")
    pressed["Alt+Right"](viewer)
    assert session.row == 11
    pressed["Alt+Right"](viewer)
    assert session.row == 10


def test_contrast_is_measured_on_the_plate_until_it_is_set_by_hand(
    qtbot: QtBot, panel: ScreenPanel, viewer: ViewerModel, session: Session, small_screen: Screen
) -> None:
    session.screen = small_screen
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    plate = np.stack([small_screen.image(row)[0] for row in range(12)])
    np.testing.assert_allclose(viewer.layers["DNA"].contrast_limits, np.percentile(plate, (1.0, 99.8)))
    session.row = 15
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    assert session.scope == "plate"
    viewer.layers["DNA"].contrast_limits = (20, 99)
    assert session.scope == "hand"
    assert panel.scope.key == "hand"
    session.row = 0
    assert tuple(viewer.layers["DNA"].contrast_limits) == (20, 99)
    session.scope = "screen"
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    assert tuple(viewer.layers["DNA"].contrast_limits) != (20, 99)


def test_another_screen_is_measured_anew(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_screen: Screen
) -> None:
    session.screen = small_screen
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    session.screen = small_screen.take(np.arange(12, 24))
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    assert session.scope == "plate"


def test_the_window_is_remembered_with_the_run(
    qtbot: QtBot, panel: ScreenPanel, session: Session, small_run: Run
) -> None:
    open_with(qtbot, panel, small_run.folder)
    qtbot.waitUntil(lambda: not panel.contrast.worker.busy)
    session.colour = "batch"
    qtbot.waitUntil(lambda: (small_run.folder / "window.json").is_file(), timeout=4000)
    assert '"colour": "batch"' in (small_run.folder / "window.json").read_text(encoding="utf-8")


def test_every_control_says_what_it_does(panel: ScreenPanel) -> None:
    controls = [child for kind in (QAbstractButton, QComboBox) for child in panel.findChildren(kind)]
    assert len(controls) > 8
    assert not [child for child in controls if not child.toolTip() and _is_ours(child)]


def test_a_closed_panel_listens_no_more(
    qtbot: QtBot, viewer: ViewerModel, session: Session, small_screen: Screen
) -> None:
    panel = ScreenPanel(viewer)
    panel.show()
    session.screen = small_screen
    with qtbot.waitSignal(panel.destroyed):
        panel.close()
        panel.deleteLater()
    session.row = 5
    session.selection = np.ones(24, bool)
    session.told.emit("nobody hears this")
    session.screen = None


def _is_ours(child: QWidget) -> bool:
    return not isinstance(child.parent(), QTableWidget)
