"""A plate map edited with a real mouse and keyboard: chosen, set, pasted, undone, saved, and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox

from cdcl.config.recipes import load_config
from cdcl.readers import Request, scan_source
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.pairing_picture import Pairing

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from cdcl.screen import Screen

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(viewer: ViewerModel, small_screen: Screen) -> Session:
    session = session_of(viewer)
    session.screen = small_screen
    return session


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session) -> ScreenPanel:
    panel = ScreenPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(380, 900)
    panel.show()
    session.colour = "batch"
    qtbot.mouseClick(panel.plate.editing, LEFT)
    return panel


def centre(panel: ScreenPanel, well: int) -> QPoint:
    return panel.plate.map.rect_of(well).center().toPoint()


def drag(qtbot: QtBot, panel: ScreenPanel, begin: QPoint, end: QPoint) -> None:
    qtbot.mousePress(panel.plate.map, LEFT, pos=begin)
    qtbot.mouseMove(panel.plate.map, end)
    qtbot.mouseRelease(panel.plate.map, LEFT, pos=end)


def write(qtbot: QtBot, box: QComboBox, text: str) -> None:
    edit = box.lineEdit()
    assert edit is not None
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def treatments(session: Session) -> list[str]:
    assert session.screen is not None
    return session.screen.sites["treatment"].tolist()


def test_dragged_wells_get_a_treatment_at_once_and_lose_it_again(
    qtbot: QtBot, panel: ScreenPanel, session: Session, viewer: ViewerModel
) -> None:
    before = treatments(session)
    layers = list(viewer.layers)
    session.row = 3
    session.selection = np.arange(24) < 2
    drag(qtbot, panel, centre(panel, 0), centre(panel, 4))
    assert np.flatnonzero(panel.plate.map._ringed).tolist() == [0, 1, 3, 4]
    write(qtbot, panel.plate.editor.value, "taxol@3")
    qtbot.keyClick(panel.plate.editor.value.lineEdit(), Qt.Key.Key_Return)
    assert treatments(session)[:12] == ["taxol@3"] * 4 + ["C", "C"] + ["taxol@3"] * 4 + ["C", "C"]
    assert treatments(session)[12:] == before[12:]
    assert session.items is not None
    assert session.items.table["treatment"].tolist() == treatments(session)
    assert session.colour == "treatment"
    assert len(set(panel.plate.map._colours.tolist())) == 2
    assert "taxol@3" in panel.plate.legend.text()
    assert "taxol@3" in viewer.canvas.overlays.text.text
    assert (session.row, int(session.selection.sum())) == (3, 2), "what is on display and selected stays"
    assert list(viewer.layers) == layers, "no pixel is read anew"
    qtbot.mouseClick(panel.plate.editor.undoer, LEFT)
    assert treatments(session) == before
    qtbot.mouseClick(panel.plate.editor.redoer, LEFT)
    assert treatments(session)[0] == "taxol@3"


def test_choosing_wells_to_edit_leaves_the_selection_of_items_alone(
    qtbot: QtBot, panel: ScreenPanel, session: Session
) -> None:
    session.selection = np.arange(24) == 5
    drag(qtbot, panel, centre(panel, 0), centre(panel, 2))
    assert np.flatnonzero(session.selection).tolist() == [5]
    qtbot.mouseClick(panel.plate.editing, LEFT)
    drag(qtbot, panel, centre(panel, 0), centre(panel, 1))
    assert np.flatnonzero(session.selection).tolist() == [0, 1, 2, 3]


def test_names_of_rows_and_columns_stand_for_their_wells(qtbot: QtBot, panel: ScreenPanel) -> None:
    plate = panel.plate.map
    qtbot.mouseClick(plate, LEFT, pos=QPoint(6, centre(panel, 0).y()))
    assert np.flatnonzero(plate._ringed).tolist() == [0, 1, 2]
    qtbot.mouseClick(plate, LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(centre(panel, 4).x(), 6))
    assert np.flatnonzero(plate._ringed).tolist() == [0, 1, 2, 4]
    qtbot.mouseClick(plate, LEFT, pos=QPoint(5, 5))
    assert plate._ringed.all() or not plate._ringed.any()


def test_wells_without_a_treatment_are_marked_and_named(qtbot: QtBot, panel: ScreenPanel) -> None:
    drag(qtbot, panel, centre(panel, 2), centre(panel, 2) + QPoint(6, 0))
    panel.plate.editor.value.setEditText("")
    qtbot.mouseClick(panel.plate.editor.setter, LEFT)
    assert np.flatnonzero(panel.plate.map._doubtful).tolist() == [2]
    assert "1 wells without treatment: P1/B04" in panel.plate.editor.words.text()


def test_a_block_from_a_spreadsheet_lands_where_it_was_meant(
    qtbot: QtBot, panel: ScreenPanel, session: Session
) -> None:
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.setText("x\ty\r\nz\tfar")
    qtbot.mouseClick(panel.plate.map, LEFT, pos=centre(panel, 1))
    panel.plate.editor.everywhere.setChecked(True)
    qtbot.mouseClick(panel.plate.editor.paster, LEFT)
    assert treatments(session)[:12] == ["A", "A", "x", "x", "y", "y", "A", "A", "z", "z", "far", "far"]
    assert treatments(session)[12:] == treatments(session)[:12]
    clipboard.setText("\t1\t2\nA\tno\timage\nB\t\tbo2\n")
    # A key press would want a window manager that makes the window active, which Xvfb has not.
    pasting = QKeySequence(QKeySequence.StandardKey.Paste)
    next(one for one in panel.plate.editor.findChildren(QShortcut) if one.key() == pasting).activated.emit()
    assert treatments(session)[0] == "bo2"
    assert "2 pasted values are of wells without images" in panel.plate.editor.words.text()


def test_a_batch_that_is_set_renames_the_plate_and_changes_the_pairing(
    qtbot: QtBot, panel: ScreenPanel, session: Session
) -> None:
    config = load_config("cdcl-small", [])
    assert session.screen is not None
    before = Pairing.of(session.screen, config).in_words()
    write(qtbot, panel.plate.editor.column, "batch")
    qtbot.mouseClick(panel.plate.map, LEFT, pos=centre(panel, 0))
    write(qtbot, panel.plate.editor.value, "B2")
    qtbot.mouseClick(panel.plate.editor.setter, LEFT)
    assert panel.plate.plates.currentText() == "B2/P1"
    assert set(session.screen.sites["batch"]) == {"B2"}
    assert Pairing.of(session.screen, config).in_words() != before
    qtbot.mouseClick(panel.plate.editor.undoer, LEFT)
    assert panel.plate.plates.currentText() == "B1/P1"


def test_what_is_saved_is_what_the_session_shows(
    qtbot: QtBot, panel: ScreenPanel, session: Session, tmp_path: Path
) -> None:
    drag(qtbot, panel, centre(panel, 0), centre(panel, 1))
    for column, value in (("treatment", "DMSO"), ("control", "negative"), ("dye", "0123")):
        write(qtbot, panel.plate.editor.column, column)
        write(qtbot, panel.plate.editor.value, value)
        qtbot.mouseClick(panel.plate.editor.setter, LEFT)
    assert "Not saved" in panel.plate.editor.words.text()
    panel.plate.editor.save(tmp_path / "map.csv")
    assert "Not saved" not in panel.plate.editor.words.text()
    assert session.screen is not None
    again = scan_source(session.screen.folder / "screen.csv", Request(metadata=tmp_path / "map.csv")).screen.sites
    for name in ("treatment", "control", "dye", "batch"):
        assert again[name].tolist() == session.screen.sites[name].tolist()


def test_profiles_take_the_labels_of_their_wells(qtbot: QtBot, panel: ScreenPanel, session: Session) -> None:
    from napari_cdcl.models.items import Items

    assert session.screen is not None
    wells = session.screen.sites.iloc[::2].reset_index(drop=True).drop(columns="site")
    session.items = Items(wells, "well", np.arange(0, 24, 2), np.zeros((12, 3), dtype=np.float32))
    qtbot.mouseClick(panel.plate.map, LEFT, pos=centre(panel, 5))
    write(qtbot, panel.plate.editor.value, "new")
    qtbot.mouseClick(panel.plate.editor.setter, LEFT)
    assert session.items.table["treatment"].tolist() == ["A", "B", "C", "A", "B", "new"] + ["A", "B", "C"] * 2
    assert session.items.values is not None


def test_another_screen_begins_another_map(qtbot: QtBot, panel: ScreenPanel, session: Session) -> None:
    qtbot.mouseClick(panel.plate.map, LEFT, pos=centre(panel, 0))
    write(qtbot, panel.plate.editor.value, "x")
    qtbot.mouseClick(panel.plate.editor.setter, LEFT)
    assert session.screen is not None
    session.screen = session.screen.take(np.arange(12, 24))
    assert not panel.plate.editor.undoer.isEnabled()
    assert not panel.plate.map._ringed.any()
    assert panel.plate.editor.history is not None
    assert panel.plate.editor.history.now.plates.tolist() == ["P2"] * 6


def test_every_control_of_the_editor_says_what_it_does(panel: ScreenPanel) -> None:
    controls = [child for kind in (QAbstractButton, QComboBox) for child in panel.plate.findChildren(kind)]
    assert len(controls) > 10
    assert not [child for child in controls if not child.toolTip()]
