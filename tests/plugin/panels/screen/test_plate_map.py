"""Clicks and drags on a plate tell wells; what is set from outside is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from napari_cdcl.panels.screen.plate_map import PlateMap

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WELLS = np.array([[0, 0], [0, 1], [1, 0], [7, 11]])


@pytest.fixture
def plate(qtbot: QtBot) -> PlateMap:
    plate = PlateMap()
    qtbot.addWidget(plate)
    plate.resize(420, 300)
    plate.set_wells((8, 12), WELLS)
    plate.show()
    return plate


def centre(plate: PlateMap, well: int) -> QPoint:
    return plate.rect_of(well).center().toPoint()


def heard(plate: PlateMap) -> list[Any]:
    told: list[Any] = []
    plate.selected.connect(lambda wells, mode: told.append((wells, mode)))
    plate.clicked.connect(told.append)
    return told


def test_a_click_selects_and_shows_a_well(qtbot: QtBot, plate: PlateMap) -> None:
    told = heard(plate)
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, pos=centre(plate, 3))
    assert told == [([3], "replace"), 3]


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        (Qt.KeyboardModifier.ShiftModifier, "add"),
        (Qt.KeyboardModifier.AltModifier, "subtract"),
        (Qt.KeyboardModifier.ControlModifier, "subtract"),
    ],
)
def test_modifiers_add_and_take_away_without_going_there(
    qtbot: QtBot, plate: PlateMap, key: Qt.KeyboardModifier, mode: str
) -> None:
    told = heard(plate)
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, key, centre(plate, 1))
    assert told == [([1], mode)]


def test_dragging_selects_what_is_within_whichever_way(qtbot: QtBot, plate: PlateMap) -> None:
    told = heard(plate)
    begin, end = centre(plate, 2), centre(plate, 1)
    qtbot.mousePress(plate, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(plate, end)
    qtbot.mouseRelease(plate, Qt.MouseButton.LeftButton, pos=end)
    assert told == [([0, 1, 2], "replace")]


def test_a_click_beside_the_wells_selects_nothing(qtbot: QtBot, plate: PlateMap) -> None:
    told = heard(plate)
    qtbot.mouseClick(plate, Qt.MouseButton.LeftButton, pos=centre(plate, 0) + QPoint(int(3 * plate.side), 0))
    assert told == [([], "replace")]


@pytest.mark.parametrize("shape", [(2, 3), (8, 12), (16, 24), (32, 48)])
def test_every_well_is_where_it_is_painted(qtbot: QtBot, plate: PlateMap, shape: tuple[int, int]) -> None:
    layout = np.array([divmod(number, shape[1]) for number in range(shape[0] * shape[1])])
    plate.set_wells(shape, layout)
    for well in (0, len(layout) // 2, len(layout) - 1):
        assert plate.well_at(centre(plate, well)) == well
        assert plate.rect().contains(centre(plate, well))


def test_colours_rings_and_the_frame_are_painted(qtbot: QtBot, plate: PlateMap) -> None:
    plate.set_colours(np.array([0xFFFF0000, 0xFF00FF00, 0xFF0000FF, 0], dtype=np.uint32))

    def colour(well: int) -> tuple[int, int, int]:
        return plate.grab().toImage().pixelColor(centre(plate, well)).getRgb()[:3]

    assert [colour(well) for well in range(3)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    plate.set_ringed(np.array([True, False, False, False]))
    assert colour(0) == (255, 0, 0)
    assert colour(1) != (0, 255, 0), "what is not selected is faint"
    before = plate.grab().toImage()
    plate.set_current(2)
    assert plate.grab().toImage() != before


def test_arrows_go_from_well_to_well_and_return_chooses_one(qtbot: QtBot, plate: PlateMap) -> None:
    told = heard(plate)
    plate.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):  # into A1, to A2, and to B1 as the nearest below
        qtbot.keyClick(plate, key)
    assert plate.cursor_well == 2
    qtbot.keyClick(plate, Qt.Key.Key_Return)
    assert told == [([2], "replace"), 2]


def test_shift_and_arrows_add_wells_and_the_edge_stops(qtbot: QtBot, plate: PlateMap) -> None:
    told = heard(plate)
    plate.set_current(0)
    for _ in range(2):
        qtbot.keyClick(plate, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert told == [([1], "add"), ([3], "add")]
    qtbot.keyClick(plate, Qt.Key.Key_Down)
    assert plate.cursor_well == 3
